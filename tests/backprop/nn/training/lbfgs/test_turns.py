"""Work takes turns with who waits for it, and leaves nothing behind, however it ends."""

import threading
from collections.abc import Callable

import pytest

from backprop.nn.training.lbfgs.turns import turns


def counting(told: list[int], upto: int) -> Callable[[Callable[[], None]], None]:
    def work(pause: Callable[[], None]) -> None:
        for number in range(upto):
            told.append(number)
            pause()

    return work


def test_work_goes_on_only_when_it_is_asked_to() -> None:
    told: list[int] = []
    for count, _ in enumerate(turns(counting(told, 3)), start=1):
        assert told == list(range(count))
    assert told == [0, 1, 2]


def test_work_that_never_pauses_is_done_at_once() -> None:
    assert list(turns(counting([], 0))) == []


def test_what_the_work_raises_comes_out_where_it_is_waited_for() -> None:
    def work(pause: Callable[[], None]) -> None:
        pause()
        raise ZeroDivisionError("in the work")

    going = turns(work)
    next(going)
    with pytest.raises(ZeroDivisionError, match="in the work"):
        next(going)


def test_no_thread_stays_behind_work_that_is_done_dropped_or_failed() -> None:
    before = threading.active_count()
    told: list[int] = []
    going = turns(counting(told, 3))
    next(going)
    assert threading.active_count() == before + 1
    going.close()
    assert threading.active_count() == before
    assert told == [0]
    next(turns(counting(told, 3)))  # dropped at once
    list(turns(counting(told, 3)))
    with pytest.raises(TypeError):
        list(turns(lambda pause: pause(1)))  # type: ignore[call-arg]
    assert threading.active_count() == before


def test_dropped_work_may_tidy_up() -> None:
    tidied: list[str] = []

    def work(pause: Callable[[], None]) -> None:
        try:
            pause()
        finally:
            tidied.append("yes")

    going = turns(work)
    next(going)
    going.close()
    assert tidied == ["yes"]
