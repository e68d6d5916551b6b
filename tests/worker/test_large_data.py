"""Training from rows on a shelf: the same bits as from memory, in memory that the data may well exceed."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop.admission import estimate
from backprop.data import table_of
from backprop.datasets.cells import Numbers
from backprop.datasets.shelf import Shelf
from backprop.datasets.statistics import describe
from backprop.datasets.writer import TableWriter
from backprop.defaults import Completed, examine
from backprop.schemas import dump_spec, load_job
from backprop.store import datasets
from backprop.store.database import Database
from backprop.store.datasets import NewUpload
from backprop.store.jobs import submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from tests.worker.conftest import Submit
from tests.worker.test_runner import clock_of, sha256, show
from worker.runner import work
from worker.workplace import Workplace

OWNER = "local"
MB = 2**20
TRAINING: dict[str, Any] = {"epochs": 2, "batch_size": 1024}
SPLIT: dict[str, Any] = {"validation": 0.1, "test": 0.1}


def upload(database: Database, rows: int, columns: int) -> str:
    """Keep a dataset of random numbers, the last column zeros and ones, and return its id."""
    draw = np.random.default_rng(0)
    writer = TableWriter([f"x{place}" for place in range(columns - 1)] + ["y"], None, 2**40)
    for place in range(columns):
        is_target = place == columns - 1
        values = draw.integers(0, 2, rows).astype(float) if is_target else draw.standard_normal(rows)
        writer.add(place, Numbers(values, whole=is_target))
    with tempfile.TemporaryFile() as content:
        writer.finish(content)
        writer.close()
        content.flush()
        about, statistics = describe(content)
        return datasets.add(database, OWNER, NewUpload(content, "digest", None, about, statistics))[0].id


def completed(database: Database, dataset: str) -> Completed:
    asked = {"data": {"dataset": dataset}, "target": "y", "training": TRAINING, "split": SPLIT}
    table = table_of(datasets.content(database, OWNER, dataset))
    return examine(load_job({**asked, "network": {"hidden": [{"units": 4}]}}).spec, table)


def submit_on(database: Database, dataset: str) -> JobView:
    spec = completed(database, dataset).spec
    return submissions.submit(database, OWNER, Submission(dump_spec(spec), spec.training.epochs, None, 0))[0]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "rows", 2**40)


def test_rows_on_a_shelf_give_the_bits_of_rows_in_memory(database: Database, place: Workplace, shelf: Shelf) -> None:
    dataset = upload(database, 70_000, 20)
    plain, shelved, again = (submit_on(database, dataset) for _ in range(3))
    work(place)
    work(replace(place, shelf=shelf))
    (made,) = shelf.folder.glob("*.x")
    first = made.stat().st_ino
    work(replace(place, shelf=shelf, slice_seconds=1e-9, clock=clock_of(1.0)))  # slice by slice, from the same file
    assert sha256(database, plain) == sha256(database, shelved) == sha256(database, again)
    assert show(database, plain).results == show(database, shelved).results == show(database, again).results
    assert made.stat().st_ino == first


def test_a_job_trains_in_less_memory_than_its_data_take(database: Database, submit: Submit, tmp_path: Path) -> None:
    submit()
    dataset = upload(database, 60_000, 300)  # 144 MB as it is kept, 72 MB encoded
    job = submit_on(database, dataset)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.worker.frugal", url, str(tmp_path), str(40 * MB)]
    subprocess.run(command, check=True)
    shown = show(database, job)
    assert (shown.state, shown.error) == ("succeeded", None)


def test_what_is_mapped_is_no_memory_of_the_job(database: Database) -> None:
    dataset = upload(database, 70_000, 20)
    wanted, table = completed(database, dataset), table_of(datasets.content(database, OWNER, dataset))
    encoded = 70_000 * 0.8 * 19 * 4
    in_memory, shelved = estimate(wanted, table).bytes, estimate(wanted, table, 2**40).bytes
    assert in_memory - shelved == encoded, "the training rows' inputs alone are worth a file"
    assert shelved < 8 * 70_000 * 20 + encoded, "nor does the table count, which is a file"
