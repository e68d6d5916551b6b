"""Admission: estimates grow with what they estimate, and a refusal names both figures."""

from typing import Any

import pytest

from backprop.admission import Estimate, admit, estimate
from backprop.data import load
from backprop.defaults import examine
from backprop.errors import InvalidError
from backprop.schemas import load_job
from backprop.settings import settings_from

SETTINGS = settings_from({"BACKPROP_MAX_JOB_BYTES": "1000000", "BACKPROP_MAX_JOB_FLOPS": "1e9"})


def estimated(**job: Any) -> Estimate:
    return estimate(examine(load_job({"data": {"builtin": "digits"}, **job}).spec, load("digits")), load("digits"))


def test_memory_covers_the_parameters_and_the_optimizers_vectors() -> None:
    wide = estimated(network={"hidden": [{"units": 10_000}, {"units": 10_000}]})
    parameters = 64 * 10_000 + 10_000**2 + 10_000 * 10
    assert wide.bytes > 4 * parameters * 4  # parameters, gradient and adam's two vectors, in float32


def test_float64_takes_more_memory_than_float32() -> None:
    assert estimated(training={"dtype": "float64"}).bytes > 1.5 * estimated().bytes - 20 * 2**20


def test_work_is_a_steps_for_each_training_row_and_a_third_for_each_validation_row() -> None:
    job: dict[str, Any] = {"network": {"hidden": []}, "training": {"epochs": 10}}
    assert estimated(**job).flops == 10 * 6 * 64 * 10 * 1797
    assert estimated(**job, split={"validation": 297}).flops == 10 * 6 * 64 * 10 * (1500 + 99)


def test_folds_are_trainings_more_and_as_many_are_in_memory_as_are_trained_at_once() -> None:
    job: dict[str, Any] = {"network": {"hidden": []}, "training": {"epochs": 10}}
    of_folds = estimated(**job, split={"folds": 5, "test": 297})
    assert of_folds.flops == pytest.approx(10 * 6 * 64 * 10 * (1500 + 5 * 1200 + 1500 / 3))
    assert of_folds.bytes > estimated(**job, split={"test": 297}).bytes + 4 * 1500 * 74 * 4
    large: dict[str, Any] = {"network": {"hidden": [{"units": 5000}, {"units": 5000}]}}
    assert estimated(**large, split={"folds": 5}).bytes == estimated(**large).bytes, "one after the other"


def test_metrics_take_a_pass_over_what_is_measured_and_memory_for_its_outputs() -> None:
    job: dict[str, Any] = {"network": {"hidden": []}, "split": {"validation": 297}}
    plain, asked = (estimated(**job, training={"epochs": 1000, "metrics": names}) for names in ([], ["f1_macro"]))
    assert asked.flops - plain.flops == pytest.approx(200 * 6 * 64 * 10 * 1797 / 3)
    assert asked.bytes - plain.bytes >= 2 * 8 * 1797 * 10


def test_the_largest_network_that_can_be_written_down_is_estimated_without_being_made() -> None:
    assert estimated(network={"hidden": [{"units": 1_000_000}] * 100}).bytes > 10**14


def test_a_job_within_the_limits_is_admitted() -> None:
    admit(Estimate(bytes=1_000_000, flops=1e9), SETTINGS)


def test_a_job_over_the_limits_is_refused_with_both_figures_of_each() -> None:
    with pytest.raises(InvalidError) as refusal:
        admit(Estimate(bytes=1_000_001, flops=2e9), SETTINGS)
    memory, work = refusal.value.problems
    assert "1,000,001" in memory.detail
    assert "1,000,000" in memory.detail
    assert "2e+09" in work.detail
    assert "1e+09" in work.detail
