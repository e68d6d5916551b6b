"""Evaluations come back as they were stored, with the finish of their job or not at all, and go with it."""

import numpy as np
import pytest

from backprop.errors import LeaseLostError
from backprop.store.database import Database
from backprop.store.jobs import claims, evaluations, requests
from backprop.store.jobs.claims import Outcome
from backprop.store.jobs.evaluations import Evaluated, Pairs
from tests.backprop.store.situations import OWNER, Submit, reap, take

REPORT = {"classes": ["a", "b"], "confusion_matrix": [[1, 2], [3, 4]]}


def test_pairs_come_back_to_the_last_bit(database: Database, submit: Submit) -> None:
    truth, predicted = np.array([[0.1, 1e300], [2.0, -0.0], [3.0, 5e-324]]), np.array([[np.nan, 1.0]] * 3)
    job = submit()
    new = Evaluated("test", 3, pairs=Pairs(("y", "z"), truth, predicted))
    claims.finish(database, take(database), Outcome("succeeded", evaluated=new))
    found = evaluations.read(database, job.id)
    assert found is not None
    assert found.pairs is not None
    assert (found.rows, found.count, found.report, found.pairs.targets) == ("test", 3, None, ("y", "z"))
    assert found.pairs.truth.tobytes() == truth.tobytes()
    assert found.pairs.predicted.tobytes() == predicted.tobytes()


def test_a_worker_without_its_lease_leaves_no_evaluation(database: Database, submit: Submit) -> None:
    job, outcome = submit(), Outcome("succeeded", evaluated=Evaluated("test", 10, REPORT))
    held = take(database)
    reap(database, job.id)
    with pytest.raises(LeaseLostError):
        claims.finish(database, held, outcome)
    assert evaluations.read(database, job.id) is None
    claims.finish(database, take(database), outcome)
    found = evaluations.read(database, job.id)
    assert found is not None
    assert (found.rows, found.count, found.report) == ("test", 10, REPORT)


def test_an_evaluation_goes_with_its_job(database: Database, submit: Submit) -> None:
    job = submit()
    claims.finish(database, take(database), Outcome("succeeded", evaluated=Evaluated("test", 10, REPORT)))
    assert evaluations.read(database, job.id) is not None
    requests.delete(database, OWNER, job.id)
    assert evaluations.read(database, job.id) is None
