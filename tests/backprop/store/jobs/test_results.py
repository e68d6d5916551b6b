"""A prediction's parts are kept as all bytes are: small ones in the database, large ones as files that go with it."""

import os
import time
from pathlib import Path

import pytest

from backprop.errors import NotFoundError
from backprop.store import blobs
from backprop.store.database import Database
from backprop.store.jobs import claims, requests, results, submissions
from backprop.store.jobs.claims import Claim, Cursor, Outcome, Progress
from backprop.store.jobs.results import NewPart
from backprop.store.jobs.submissions import Submission

OWNER = "local"
LARGE = b"x" * (blobs.COLUMN_BYTES + 1)
SPEC = {"data": {"builtin": "iris"}}


def files(database: Database) -> list[Path]:
    return list(database.blob_dir.glob("??/*"))


@pytest.fixture
def held(database: Database) -> Claim:
    """A prediction of six rows, which a worker has claimed."""
    submissions.submit(database, OWNER, Submission(SPEC, epochs=6, name="iris", kind="prediction"))
    held = claims.claim(database, "worker", 60)
    assert held is not None
    return held


def store(database: Database, held: Claim, part: NewPart) -> None:
    claims.beat(database, held, Progress(Cursor(part.first_row + part.rows, 0, 1.0), part=part))


def finish(database: Database, held: Claim) -> None:
    claims.finish(database, held, Outcome("succeeded", results={"rows": 6, "rejected": 1}))


def test_parts_come_back_in_the_order_of_their_rows(database: Database, held: Claim) -> None:
    store(database, held, NewPart(0, 3, 1, LARGE))
    store(database, held, NewPart(3, 3, 0, b"small"))
    finish(database, held)
    assert list(results.contents(database, held.job_id)) == [LARGE, b"small"]
    assert (results.rejected(database, held.job_id), results.size(database, held.job_id)) == (1, len(LARGE) + 5)
    assert len(files(database)) == 1


def test_the_file_of_a_large_part_stays_while_it_is_named_and_goes_with_the_prediction(
    database: Database, held: Claim
) -> None:
    store(database, held, NewPart(0, 6, 0, LARGE))
    (file,) = files(database)
    finish(database, held)
    os.utime(file, (0, 0))
    assert blobs.sweep(database) == 0
    requests.delete(database, OWNER, held.job_id, "prediction")
    assert files(database) == []


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_prediction_that_does_not_succeed_leaves_no_part(database: Database, held: Claim, state: str) -> None:
    store(database, held, NewPart(0, 3, 0, LARGE))
    if state == "failed":
        claims.finish(database, held, Outcome("failed", error={"code": "missing_value", "detail": "row 4"}))
    else:
        requests.cancel(database, OWNER, held.job_id, "prediction")
        assert claims.give_back(database, held) == "cancelled"
    assert (files(database), results.size(database, held.job_id)) == ([], 0)


def test_one_that_is_deleted_while_it_is_read_is_not_found(database: Database, held: Claim) -> None:
    store(database, held, NewPart(0, 3, 0, b"first"))
    store(database, held, NewPart(3, 3, 0, b"second"))
    finish(database, held)
    reading = results.contents(database, held.job_id)
    assert next(reading) == b"first"
    requests.delete(database, OWNER, held.job_id, "prediction")
    with pytest.raises(NotFoundError):
        next(reading)


def test_a_result_that_was_written_down_is_swept_when_nobody_asks_for_it(database: Database) -> None:
    folder = database.blob_dir / "results"
    folder.mkdir(parents=True)
    old, new = folder / "pred_1.csv", folder / "pred_2.csv"
    for file, age in ((old, 2 * blobs.ORPHAN_SECONDS), (new, 0)):
        file.write_bytes(b"x")
        os.utime(file, (time.time() - age,) * 2)
    assert blobs.sweep(database) == 1
    assert list(folder.iterdir()) == [new]
