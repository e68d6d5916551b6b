"""Schedules: the rate at every epoch or step, in numbers that can be worked out."""

from typing import Any

import pytest

from backprop.nn import SCHEDULES, Schedule
from backprop.nn.choices.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseScaling,
    Memory,
    OneCycle,
    Plateau,
    Step,
)
from backprop.nn.training.position import Position
from backprop.nn.training.rates import Rates


def rates(schedule: Schedule, epochs: int, batches: int = 1, base: float = 1.0) -> list[float]:
    """The rate at every step of a training of 3 rows an epoch whose loss never changes."""
    position = Position(batches, epochs, rows=3)
    course = Rates(schedule, Memory(base), position)
    told = []
    for position.epoch in range(epochs):
        if position.epoch and course.varies:
            course.end_epoch(0.5)
        for _ in range(batches):
            position.step += 1
            if course.every_step:
                course.set()
            told.append(position.learning_rate)
    return told


def near(*expected: float) -> Any:
    return pytest.approx(list(expected), rel=1e-14)


def test_constant() -> None:
    assert rates(Constant(), 3, base=0.1) == [0.1, 0.1, 0.1]


def test_step() -> None:
    assert rates(Step(step_epochs=2, factor=0.5), 5) == [1.0, 1.0, 0.5, 0.5, 0.25]


def test_exponential_changes_by_epochs_not_by_steps() -> None:
    assert rates(Exponential(factor=0.5), 3, batches=2) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_cosine() -> None:
    # Thirds of pi have the cosines 1, 1/2, -1/2.
    assert rates(Cosine(), 3) == near(1.0, 0.75, 0.25)
    assert rates(Cosine(min_learning_rate=0.2), 3) == near(1.0, 0.8, 0.4)


def test_cosine_with_restarts() -> None:
    assert rates(Cosine(restart_epochs=3), 7) == near(1.0, 0.75, 0.25, 1.0, 0.75, 0.25, 1.0)
    twice = rates(Cosine(restart_epochs=3, restart_factor=2), 11)
    assert [twice[epoch] for epoch in (0, 1, 2, 3, 5, 7, 9)] == near(1.0, 0.75, 0.25, 1.0, 0.75, 0.25, 1.0)


def test_inverse_scaling_is_by_rows_seen() -> None:
    assert rates(InverseScaling(), 3) == near(1.0, 0.5, 7**-0.5)
    assert rates(InverseScaling(power=1.0), 3) == near(1.0, 1 / 4, 1 / 7)


def test_one_cycle_rises_and_falls_step_by_step() -> None:
    # Of 10 steps the third ends the rise, from 0.2 to 1; the tenth is the last, at 0.2 / 10.
    path = rates(OneCycle(rising_share=0.3, start_divisor=5.0, end_divisor=10.0), epochs=5, batches=2)
    assert path[:3] == near(0.2, 0.6, 1.0)
    assert path[9] == pytest.approx(0.02, rel=1e-14)
    assert path[2:] == sorted(path[2:], reverse=True)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.99])
@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_one_cycle_of_any_length_ends_at_its_end(epochs: int, share: float) -> None:
    assert rates(OneCycle(rising_share=share), epochs)[-1] == pytest.approx(1 / 25 / 1e4)


def test_plateau_waits_reduces_and_cools() -> None:
    # The first epoch is the best. Three more are one too many, the next does not count, and three more reduce again.
    path = rates(Plateau(factor=0.5, patience=2, cooldown=1), 9)
    assert path == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25]


def test_plateau_goes_no_further_than_it_may() -> None:
    assert rates(Plateau(factor=0.5, patience=0, min_learning_rate=0.3), 5) == [1.0, 1.0, 0.5, 0.3, 0.3]
    assert rates(Plateau(factor=0.5, patience=0, epsilon=0.25), 5) == [1.0, 1.0, 0.5, 0.5, 0.5]


def test_plateau_takes_only_a_fall_beyond_the_threshold_for_one() -> None:
    memory, schedule = Memory(1.0), Plateau(threshold=0.1)
    for loss in (1.0, 0.95, 0.91, 0.89):
        schedule.heed(loss, memory)
    assert (memory.best, memory.waited) == (0.89, 0)
    schedule.heed(0.85, memory)
    assert (memory.best, memory.waited) == (0.89, 1)


def test_plateau_may_take_only_a_fall_beyond_a_number_for_one() -> None:
    memory, schedule = Memory(1.0), Plateau(threshold=0.0, min_delta=0.25)
    for loss in (1.0, 0.75):
        schedule.heed(loss, memory)
    assert (memory.best, memory.waited) == (1.0, 1)
    schedule.heed(0.74, memory)
    assert (memory.best, memory.waited) == (0.74, 0)


@pytest.mark.parametrize("name", SCHEDULES)
def test_warm_up_rises_by_steps_to_where_the_course_begins(name: str) -> None:
    cold, warm = rates(SCHEDULES[name](), 4, batches=2), rates(SCHEDULES[name](warmup_epochs=2), 6, batches=2)
    assert warm[:4] == near(*(cold[0] * share for share in (0.25, 0.5, 0.75, 1.0)))
    assert warm[4:] == near(*cold)


def test_losses_in_warm_up_reduce_nothing() -> None:
    path = rates(Plateau(warmup_epochs=5, patience=0, factor=0.5), 8)
    assert path == near(0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 0.5)


def test_a_warm_up_longer_than_training_is_all_there_is() -> None:
    assert rates(Cosine(warmup_epochs=10), 3) == near(0.1, 0.2, 0.3)


def test_a_constant_rate_is_never_asked_for_again() -> None:
    assert [name for name in SCHEDULES if SCHEDULES[name]().pace == "never"] == ["constant"]
    assert [name for name in SCHEDULES if SCHEDULES[name]().pace == "step"] == ["one_cycle"]
