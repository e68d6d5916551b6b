"""A model trained once more: held against itself, and no version more."""

from typing import Any

import pytest
from sqlalchemy import update

from backprop.schemas import load_spec
from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import reading, submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from backprop.store.tables import Model
from tests.worker.conftest import Submit
from worker.runner import work
from worker.workplace import Workplace

OWNER = "local"
SHORT: dict[str, Any] = {"epochs": 5, "seed": 3}


@pytest.fixture
def trained(database: Database, place: Workplace, submit: Submit) -> Database:
    """A database with one model, iris@1."""
    submit(name="iris", training=SHORT, split={"validation": 0.2, "test": 0.2})
    work(place)
    return database


def change(database: Database, **values: Any) -> None:
    """Have the model be as if it had been made otherwise."""
    with database.writing() as session:
        session.execute(update(Model).values(**values))


def reproduce(database: Database, place: Workplace) -> JobView:
    """Train iris@1 again, and return the job at its end."""
    model = models.show(database, OWNER, "iris@1")
    again = Submission(model.spec, load_spec(model.spec).training.epochs, name=model.name, reproduces=model.id)
    job, _ = submissions.submit(database, OWNER, again)
    work(place)
    return reading.show(database, OWNER, job.id)


def test_the_same_weights_are_a_match_and_no_version(trained: Database, place: Workplace) -> None:
    model = models.show(trained, OWNER, "iris")
    job = reproduce(trained, place)
    assert (job.state, job.reproduces, job.reproduction, job.model) == ("succeeded", model.id, "match", None)
    assert job.results is not None
    assert job.results["reproduction"] == {"sha256": model.sha256, "differences": []}
    assert {part: job.results[part] for part in model.metrics} == model.metrics
    assert len(models.page(trained, OWNER, models.ModelFilter()).items) == 1


def test_other_weights_in_the_same_surroundings_differ(trained: Database, place: Workplace) -> None:
    made = models.show(trained, OWNER, "iris").sha256
    change(trained, sha256="0" * 64)
    job = reproduce(trained, place)
    assert job.reproduction == "differs"
    assert (job.results or {})["reproduction"] == {"sha256": made, "differences": []}


@pytest.mark.parametrize("name", ["numpy", "scipy", "blas", "processor"])
def test_other_weights_in_other_surroundings_are_not_comparable(trained: Database, place: Workplace, name: str) -> None:
    now = models.show(trained, OWNER, "iris").environment or {}
    change(trained, sha256="0" * 64, environment=now | {name: "another"})
    job = reproduce(trained, place)
    assert job.reproduction == "not_comparable"
    differences = [{"name": name, "model": "another", "now": now[name]}]
    assert (job.results or {})["reproduction"]["differences"] == differences


def test_another_python_is_no_excuse(trained: Database, place: Workplace) -> None:
    now = models.show(trained, OWNER, "iris").environment or {}
    change(trained, sha256="0" * 64, environment=now | {"python": "2.7.18"})
    assert reproduce(trained, place).reproduction == "differs"


def test_the_same_weights_match_whatever_has_changed(trained: Database, place: Workplace) -> None:
    change(trained, environment={}, dataset_sha256="0" * 64)
    assert reproduce(trained, place).reproduction == "match"


def test_a_model_of_which_nothing_was_recorded_is_not_comparable(trained: Database, place: Workplace) -> None:
    change(trained, sha256="0" * 64, environment=None, dataset_sha256=None)
    job = reproduce(trained, place)
    assert job.reproduction == "not_comparable"
    differences = (job.results or {})["reproduction"]["differences"]
    assert [found["name"] for found in differences] == ["numpy", "scipy", "blas", "processor", "data"]
    assert {found["model"] for found in differences} == {"not recorded"}


@pytest.mark.parametrize(
    ("name", "training"), [("max_seconds", {"stop": {"max_seconds": 3600}}), ("lbfgs", {"optimizer": "lbfgs"})]
)
def test_what_ends_differently_each_time_is_named(
    database: Database, place: Workplace, submit: Submit, name: str, training: dict[str, Any]
) -> None:
    submit(name="iris", training={"epochs": 5} | training)
    work(place)
    change(database, sha256="0" * 64)
    job = reproduce(database, place)
    assert job.reproduction == "not_comparable"
    assert [found["name"] for found in (job.results or {})["reproduction"]["differences"]] == [name]


def test_a_model_shows_what_it_was_trained_on_and_with(trained: Database) -> None:
    model = models.show(trained, OWNER, "iris")
    assert len(model.dataset_sha256 or "") == 64
    assert set(model.environment or {}) == {"python", "numpy", "scipy", "blas", "processor"}
    assert all((model.environment or {}).values())
