"""A job that begins from a model goes on where that one ended."""

from typing import Any

import numpy as np
import pytest

from backprop import data
from backprop.assembly import network_of
from backprop.data import Encoding
from backprop.defaults import examine
from backprop.nn import Network, named_parameters
from backprop.schemas import dump_spec, load_job, load_spec
from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import leases, reading, submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from backprop.trained import first_parameters, flat_parameters, start_of
from tests.backprop.store.situations import expire, take
from tests.worker.conftest import Submit
from worker.runner import work
from worker.workplace import Workplace

OWNER = "local"
STEADY: dict[str, Any] = {"optimizer": "sgd", "batch_size": "full", "dtype": "float64"}


def begin_from(database: Database, ref: str, **document: Any) -> JobView:
    """Submit a job on iris that begins from a model, completed as the service does."""
    asked = load_job({"data": {"builtin": "iris"}, "network": {"start_from": ref}} | document).spec
    spec = examine(asked, data.load("iris"), start_of(database, OWNER, ref)).spec
    return submissions.submit(database, OWNER, Submission(dump_spec(spec), spec.training.epochs, spec.name))[0]


def parameters(database: Database, ref: str) -> tuple[Network, np.ndarray[Any, Any]]:
    return flat_parameters(database, OWNER, models.show(database, OWNER, ref))


def test_two_jobs_one_after_the_other_end_in_the_bits_of_one(
    database: Database, place: Workplace, submit: Submit
) -> None:
    submit(name="whole", training=STEADY | {"epochs": 20})
    submit(name="first", training=STEADY | {"epochs": 12})
    work(place)
    work(place)
    begin_from(database, "first@1", name="second", training=STEADY | {"epochs": 8})
    work(place)
    assert models.show(database, OWNER, "second").sha256 == models.show(database, OWNER, "whole").sha256


def test_running_statistics_of_batch_normalization_come_along(
    database: Database, place: Workplace, submit: Submit
) -> None:
    submit(name="first", network={"hidden": [{"units": 5, "batch_norm": True}]}, training={"epochs": 9})
    work(place)
    job = begin_from(database, "first", training={"epochs": 1})
    network, flat = parameters(database, "first")
    start = (job.spec or {})["network"]["start_from"]
    begun = named_parameters(network, first_parameters(database, OWNER, start, "float32"))
    for name, values in named_parameters(network, flat).items():
        assert np.array_equal(begun[name], values)
    assert not np.array_equal(begun["mean1"], np.zeros(5))


def test_parameters_are_rounded_to_the_jobs_dtype(database: Database, place: Workplace, submit: Submit) -> None:
    submit(name="first", training={"epochs": 3, "dtype": "float64"})
    work(place)
    model = models.show(database, OWNER, "first")
    _, flat = parameters(database, "first")
    assert np.array_equal(first_parameters(database, OWNER, model.id, "float32"), flat.astype(np.float32))
    begin_from(database, "first", name="second", training={"epochs": 1})
    work(place)
    assert parameters(database, "second")[1].dtype == np.float32


def test_a_job_that_lost_its_worker_begins_from_the_same_model(
    database: Database, place: Workplace, submit: Submit
) -> None:
    submit(name="first", training={"epochs": 3})
    work(place)
    undisturbed = begin_from(database, "first", name="undisturbed", training={"epochs": 5})
    work(place)
    job = begin_from(database, "first", name="second", training={"epochs": 5})
    take(database)
    expire(database, job.id)
    leases.reap(database)
    submit(name="first", training={"epochs": 1})  # the name means another model by now
    work(place)
    work(place)
    assert reading.show(database, OWNER, undisturbed.id).results == reading.show(database, OWNER, job.id).results


def test_what_a_job_leaves_open_of_its_network_is_as_in_the_model(
    database: Database, place: Workplace, submit: Submit
) -> None:
    layer = {"units": 3, "activation": "tanh", "dropout": 0.25, "batch_norm": True}
    submit(
        name="first",
        network={"hidden": [layer], "bias": False, "output": {"activation": "sigmoid"}},
        training={"epochs": 1, "loss": "mse"},
    )
    work(place)
    network = (begin_from(database, "first").spec or {})["network"]
    assert (network["hidden"], network["bias"]) == ([layer], False)
    assert network["output"] == {"activation": "sigmoid"}
    named = begin_from(database, "first", training={"loss": "cross_entropy"}).spec or {}
    assert named["network"]["output"] == {"activation": "softmax"}, "a loss that is named brings its own"


def test_a_complete_spec_that_begins_from_a_model_comes_back_as_it_is(
    database: Database, place: Workplace, submit: Submit
) -> None:
    submit(name="first", training={"epochs": 1})
    work(place)
    kept = load_spec(begin_from(database, "first").spec)
    again = examine(kept, data.load("iris"), start_of(database, OWNER, kept.network.start_from or ""))
    assert again.spec == kept
    encoding = Encoding.from_json(models.show(database, OWNER, "first").encoding)
    assert network_of(kept, encoding).shapes == parameters(database, "first")[0].shapes


@pytest.mark.parametrize("value", [1e39, -1e300])
def test_a_parameter_that_the_dtype_does_not_hold_is_refused(
    database: Database, place: Workplace, submit: Submit, value: float
) -> None:
    weights = [[[value, 0.0, 0.0]] + [[0.0] * 3] * 3]
    frozen = {"name": "sgd", "learning_rate": 1e-300}
    submit(
        name="first",
        network={"hidden": [], "weights": weights},
        training={"epochs": 1, "dtype": "float64", "optimizer": frozen},
    )
    work(place)
    job = begin_from(database, "first", training={"epochs": 1})
    work(place)
    shown = reading.show(database, OWNER, job.id)
    assert (shown.state, (shown.error or {})["code"]) == ("failed", "too_large")
    assert "float64" in (shown.error or {})["detail"]
