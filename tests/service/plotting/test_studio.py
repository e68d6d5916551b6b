"""The studio and its drawer: one plot after the other, a bounded number waiting, whatever becomes of the drawer."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backprop.plots.subjects import Curves, Heading
from service.plotting import drawer as drawers
from service.plotting.drawer import Drawer, DrawingError
from service.plotting.studio import MOST_KEPT, Order, Studio, StudioFullError
from tests.service.harness import SCRATCH

FONTS = Path(SCRATCH, "matplotlib")
EMPTY = Curves(Heading("a", "b"), {"epoch": np.empty(0)}, "nothing yet")


class Counted:
    """A subject that counts how often it was looked up, and waits each time until it may go on."""

    def __init__(self) -> None:
        self.looks = 0
        self.asked, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self) -> Curves:
        self.looks += 1
        self.asked.set()
        assert self.may_go_on.wait(20)
        return EMPTY


@pytest.fixture
def subject() -> Iterator[Counted]:
    counted = Counted()
    yield counted
    counted.may_go_on.set()


def drawn(drawer: Drawer) -> tuple[bytes, int]:
    """A first picture, and the process that was begun to draw it."""
    before = children()
    picture = drawer.draw(EMPTY, "svg")
    (pid,) = children() - before
    return picture, pid


def children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_no_more_than_a_bounded_number_wait_and_one_is_drawn_at_a_time(subject: Counted) -> None:
    studio = Studio(FONTS, most=3)
    orders = [studio.take(Order(str(number), "svg", subject)) for number in range(3)]
    assert subject.asked.wait(20)
    with pytest.raises(StudioFullError):
        studio.take(Order("3", "svg", subject))
    assert subject.looks == 1
    assert [order.running() for order in orders] == [True, False, False]
    subject.may_go_on.set()
    assert all(order.result(60).startswith(b"<?xml") for order in orders)
    assert studio.take(Order("3", "svg", subject)).result(20), "there is room again"


def test_what_is_given_up_before_its_turn_leaves_room(subject: Counted) -> None:
    studio = Studio(FONTS, most=2)
    studio.take(Order("a", "svg", subject))
    assert studio.take(Order("b", "svg", subject)).cancel()
    assert studio.take(Order("c", "svg", subject)).cancel()


def test_a_plot_that_was_drawn_a_moment_ago_is_not_drawn_again(subject: Counted) -> None:
    studio = Studio(FONTS, most=MOST_KEPT)
    subject.may_go_on.set()
    first = studio.take(Order("a", "svg", subject)).result(60)
    assert studio.take(Order("a", "svg", subject)).result(20) is first
    assert subject.looks == 1
    for number in range(MOST_KEPT):
        studio.take(Order(str(number), "svg", subject)).result(20)
    studio.take(Order("a", "svg", subject)).result(20)
    assert subject.looks == MOST_KEPT + 2, "the oldest was let go"


def test_what_a_subject_raises_is_raised_to_who_wants_the_plot() -> None:
    studio = Studio(FONTS, most=1)

    def broken() -> Curves:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            studio.take(Order("a", "svg", broken)).result(20)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the process where Linux lists it")
def test_a_drawer_that_was_killed_is_begun_again() -> None:
    drawer = Drawer(FONTS)
    first, pid = drawn(drawer)
    os.kill(pid, signal.SIGKILL)
    assert drawer.draw(EMPTY, "svg") == first


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the process where Linux lists it")
def test_a_drawer_that_hangs_is_given_up_and_the_next_plot_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = Drawer(FONTS)
    first, pid = drawn(drawer)
    os.kill(pid, signal.SIGSTOP)
    with monkeypatch.context() as patience:
        patience.setattr(drawers, "SECONDS", 0.1)
        with pytest.raises(DrawingError, match=r"within 0\.1 s"):
            drawer.draw(EMPTY, "svg")
    assert drawer.draw(EMPTY, "svg") == first


def test_a_plot_over_which_the_drawer_dies_is_given_up_and_the_next_is_drawn() -> None:
    drawer = Drawer(FONTS)
    with pytest.raises(DrawingError, match="ended over this plot"):
        drawer.draw(EMPTY, "gif")
    assert drawer.draw(EMPTY, "svg")


def test_a_drawer_writes_where_it_was_told_to_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MPLBACKEND", "no such backend")
    Drawer(tmp_path / "scratch").draw(EMPTY, "png")
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]
