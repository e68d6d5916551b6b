"""A prediction's rows are scored once each, whatever happens to the workers, and to the same bytes."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import func, select

from backprop.data import Column, Table
from backprop.data.table import objects
from backprop.scoring import ScoringSpec
from backprop.spec import DataSpec
from backprop.store import datasets, models
from backprop.store.database import Database
from backprop.store.datasets import NewDataset
from backprop.store.jobs import claims, events, leases, reading, requests, results, submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from backprop.store.tables import Blob, ResultPart
from tests.backprop.store.situations import expire
from tests.worker.conftest import Submit
from tests.worker.test_runner import PullThePlugError, clock_of
from worker.runner import hear, work
from worker.workplace import Workplace

OWNER = "local"
FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
ROWS = 40_000
BAD_ROW = 20_001

Ask = Callable[..., JobView]


def table(rows: int = ROWS, bad_row: int | None = None) -> Table:
    numbers = np.random.default_rng(7).uniform(0, 8, (len(FEATURES), rows))
    if bad_row is not None:
        numbers[1, bad_row] = 1e300
    columns = [Column(name, "numeric", values) for name, values in zip(FEATURES, numbers, strict=True)]
    return Table((*columns, Column("id", "text", objects([f"r{row}" for row in range(rows)]))))


def keep(database: Database, rows: Table) -> str:
    with database.writing() as session:
        return datasets.keep(database, session, OWNER, NewDataset(rows.to_bytes(), rows.sha256, {"rows": rows.rows}))


@pytest.fixture
def ask(database: Database, place: Workplace, submit: Submit) -> Ask:
    """Ask for a prediction by a trained model."""
    submit(name="iris", training={"epochs": 2})
    work(place)
    model_id = models.show(database, OWNER, "iris").id

    def ask(rows: int = ROWS, bad_row: int | None = None, *, lenient: bool = False) -> JobView:
        dataset_id = keep(database, table(rows, bad_row))
        spec = ScoringSpec(model_id, DataSpec(dataset=dataset_id), include=("id",))
        spec = replace(spec, on_error="null" if lenient else "fail")
        asked = Submission(spec.to_json(), rows, "iris", kind="prediction", model_id=model_id)
        return submissions.submit(database, OWNER, asked)[0]

    return ask


def show(database: Database, prediction: JobView) -> JobView:
    return reading.show(database, OWNER, prediction.id, "prediction")


def digest(database: Database, prediction: JobView) -> str:
    shown = show(database, prediction)
    assert (shown.state, shown.progress.epoch) == ("succeeded", ROWS), shown.error
    found = hashlib.sha256()
    for part in results.contents(database, prediction.id):
        found.update(part)
    return found.hexdigest()


def kept(database: Database) -> tuple[int, int]:
    """How many parts there are, and how many blobs that are neither a model's nor a dataset's."""
    with database.reading() as session:
        parts = session.scalar(select(func.count()).select_from(ResultPart))
        blobs = session.scalar(select(func.count()).select_from(Blob))
    return parts or 0, (blobs or 0) - 2


@pytest.fixture
def undisturbed(database: Database, place: Workplace, ask: Ask) -> str:
    """The digest of the result that was made in one go."""
    prediction = ask()
    work(place)
    found = digest(database, prediction)
    requests.delete(database, OWNER, prediction.id, "prediction")
    return found


@pytest.mark.parametrize("crash", [(2, 0), (5, 1), (6, 2)], ids=["at once", "before a part is stored", "after it"])
def test_a_crash_in_the_middle_changes_no_byte(
    database: Database, place: Workplace, ask: Ask, undisturbed: str, crash: tuple[int, int]
) -> None:
    looks, parts = crash
    prediction = ask()
    with pytest.raises(PullThePlugError):
        work(replace(place, clock=clock_of(0.001, looks)))
    done = show(database, prediction).progress.epoch
    assert done == parts * 2**14
    expire(database, prediction.id)
    assert leases.reap(database) == [prediction.id]
    assert show(database, prediction).crashes == 1
    work(place)
    assert digest(database, prediction) == undisturbed
    assert kept(database) == (3, 3)


def test_it_takes_turns_part_by_part(database: Database, place: Workplace, ask: Ask, undisturbed: str) -> None:
    first, second = ask(), ask()
    hear(replace(place, slice_seconds=0.0))
    assert digest(database, first) == digest(database, second) == undisturbed
    assert max(event.claim for event in events.after(database, first.id)) == 3


def test_a_pause_is_obeyed_and_the_rest_is_done_after_it(
    database: Database, place: Workplace, ask: Ask, undisturbed: str
) -> None:
    prediction = ask()
    held = claims.claim(database, "other", 60)
    assert held is not None
    requests.pause(database, OWNER, prediction.id, "prediction")
    claims.give_back(database, held)
    assert show(database, prediction).state == "paused"
    requests.resume(database, OWNER, prediction.id, "prediction")
    pausing = replace(place, clock=asking(lambda: requests.pause(database, OWNER, prediction.id, "prediction")))
    work(pausing)
    shown = show(database, prediction)
    assert (shown.state, 0 < shown.progress.epoch < ROWS) == ("paused", True)
    requests.resume(database, OWNER, prediction.id, "prediction")
    work(place)
    assert digest(database, prediction) == undisturbed


def test_a_cancelled_prediction_leaves_nothing(database: Database, place: Workplace, ask: Ask) -> None:
    prediction = ask()
    work(replace(place, clock=asking(lambda: requests.cancel(database, OWNER, prediction.id, "prediction"))))
    assert show(database, prediction).state == "cancelled"
    assert kept(database) == (0, 0)


def test_a_bad_row_fails_it_and_takes_the_parts_before_along(database: Database, place: Workplace, ask: Ask) -> None:
    prediction = ask(bad_row=BAD_ROW)
    work(place)
    shown = show(database, prediction)
    assert shown.state == "failed"
    assert shown.error is not None
    assert f"row {BAD_ROW}, column 'sepal width (cm)': the number is too large for float32" in shown.error["detail"]
    assert kept(database) == (0, 0)


def test_rejected_rows_are_counted_over_crashes(database: Database, place: Workplace, ask: Ask) -> None:
    prediction = ask(bad_row=5, lenient=True)
    with pytest.raises(PullThePlugError):
        work(replace(place, clock=clock_of(0.001, 6)))
    expire(database, prediction.id)
    leases.reap(database)
    work(place)
    assert show(database, prediction).results == {"rows": ROWS, "rejected": 1}


def test_a_worker_that_lost_its_lease_writes_nothing_more(database: Database, place: Workplace, ask: Ask) -> None:
    prediction = ask()

    def lose() -> None:
        expire(database, prediction.id)
        leases.reap(database)

    work(replace(place, clock=asking(lose)))
    shown = show(database, prediction)
    assert (shown.state, shown.progress.epoch, kept(database)) == ("queued", 2**14, (1, 1))


def test_a_part_that_was_stored_unbeknown_to_its_writer_is_stored_once(database: Database, ask: Ask) -> None:
    ask()
    held = claims.claim(database, "worker", 60)
    assert held is not None
    part = results.NewPart(0, 3, 0, b"part")
    progress = claims.Progress(claims.Cursor(3, 0, 1.0), part=part)
    claims.beat(database, held, progress)
    claims.beat(database, held, progress)
    assert kept(database) == (1, 1)
    again = claims.claim(database, "worker", 60)
    assert again is None


def asking(act: Callable[[], object]) -> Callable[[], float]:
    """A clock at whose sixth look a user acts: the first part is stored by then, and the second is not."""
    looks = 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        if looks == 6:
            act()
        return looks * 0.001

    return clock
