"""A job's progress as a terminal shows it: a bar with the loss beside it."""

import io

from rich.console import Console

from backprop.cli.following import shown
from backprop.client import Progress


def progress(state: str, epoch: int) -> Progress:
    return Progress.of({"state": state, "epoch": epoch, "epochs": 5000})


def test_a_terminal_has_a_bar_that_fits_its_width() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    with shown(console, "iris") as view:
        view.show(progress("queued", 0), None)
        view.show(progress("running", 2500), 0.0675)
        view.tell("a worker was lost")
        view.show(progress("succeeded", 4000), 0.06095)
    lines = screen.getvalue().splitlines()
    assert any(line.endswith("a worker was lost") for line in lines)
    last = [line for line in lines if "iris" in line][-1]
    assert "4,000/5,000 loss 0.06095" in last


def test_elsewhere_there_is_a_line_each_tenth_of_the_way() -> None:
    screen = io.StringIO()
    with shown(Console(file=screen, width=80), "iris") as view:
        for epoch in range(0, 5001, 50):
            view.show(progress("running", epoch), 0.5)
    lines = screen.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == "iris: epoch 500 of 5,000, loss 0.5"
