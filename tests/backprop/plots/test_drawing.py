"""Pictures say what they show, are the same for the same subject, and are drawn of whatever numbers and names come."""

import struct
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop.plots.drawing import draw
from backprop.plots.subjects import Confusion, Curves, Heading, Residuals, Subject

HEADING = Heading("flowers", "job_1 · succeeded, epoch 5 of 5")
SVG = "{http://www.w3.org/2000/svg}"
EPOCHS = np.arange(1.0, 6.0)
FALLING = np.array([1.0, 0.8, 0.6, 0.5, 0.45])
CURVES = Curves(
    HEADING,
    {"epoch": EPOCHS, "loss": FALLING, "validation_loss": FALLING + 0.1, "accuracy": 1 - FALLING, "seconds": EPOCHS},
    "no epoch yet",
)
CONFUSION = Confusion(HEADING, ("setosa", "versicolor"), np.array([[7001, 2], [0, 39]]))
RESIDUALS = Residuals(HEADING, ("height", "weight"), np.eye(4, 2), np.eye(4, 2) + 0.1)


def parsed(subject: Subject) -> ElementTree.Element:
    return ElementTree.fromstring(draw(subject, "svg"))  # noqa: S314  we wrote it


def texts(subject: Subject) -> list[str]:
    root = parsed(subject)
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def curve(*losses: float) -> Curves:
    return Curves(HEADING, {"epoch": np.arange(1.0, len(losses) + 1), "loss": np.array(losses)}, "")


def test_every_picture_names_its_job() -> None:
    for subject in (CURVES, CONFUSION, RESIDUALS):
        assert {"flowers", "job_1 · succeeded, epoch 5 of 5"} <= set(texts(subject))


def test_curves_have_a_panel_for_loss_and_one_for_accuracy() -> None:
    said = texts(CURVES)
    assert {"loss", "accuracy"} <= set(said)
    assert [said.count(word) for word in ("epoch", "training", "validation")] == [2, 2, 1]


def test_a_regression_has_curves_without_accuracy() -> None:
    assert "accuracy" not in texts(curve(1.0, 0.5))


def test_before_the_first_epoch_a_picture_says_so() -> None:
    assert "no epoch yet" in texts(Curves(HEADING, {"epoch": np.empty(0)}, "no epoch yet"))


@pytest.mark.parametrize(
    ("losses", "is_logarithmic"),
    [([1.0, 0.5, 0.1], False), ([1.0, 0.1, 0.001], True), ([1.0, 0.001, 0.0], True), ([0.0, 0.0], False)],
)
def test_losses_that_span_decades_are_drawn_on_a_logarithmic_scale(losses: list[float], is_logarithmic: bool) -> None:
    said = texts(curve(*losses))
    assert ("loss, on a logarithmic scale" in said) is is_logarithmic
    assert ("0.01" in said) is is_logarithmic, "and its ticks are plain numbers"


def test_where_a_training_diverged_is_marked() -> None:
    assert "not finite at epoch 4" in texts(curve(1.0, 10.0, np.inf, np.nan))
    assert not [text for text in texts(curve(1.0, np.nan, 0.5)) if "finite" in text]


def test_a_confusion_matrix_has_its_classes_on_both_sides_and_every_count() -> None:
    said = texts(CONFUSION)
    assert [said.count(name) for name in ("setosa", "versicolor")] == [2, 2]
    assert {"true", "predicted", "7,001", "2", "0", "39"} <= set(said)


def test_of_very_many_classes_some_are_named_and_none_counted() -> None:
    counts = np.full((100, 100), 4321)
    said = texts(Confusion(HEADING, tuple(f"class {code}" for code in range(100)), counts))
    assert said.count("class 0") == 2
    assert 25 <= len([text for text in said if text.startswith("class ")]) / 2 <= 50
    assert "4,321" not in said


def test_residuals_have_two_panels_a_target() -> None:
    said = texts(RESIDUALS)
    for target in ("height", "weight"):
        assert {f"{target}: predicted against true", f"{target}: residuals"} <= set(said)


def test_predictions_that_are_not_finite_are_left_out_and_none_left_is_said() -> None:
    lost = Residuals(HEADING, ("height",), np.ones((2, 1)), np.array([[np.nan], [np.inf]]))
    assert "no prediction of height is finite" in texts(lost)


@pytest.mark.parametrize(
    ("subject", "inches"),
    [(CURVES, (10, 5)), (CONFUSION, (6.4, 5.8)), (RESIDUALS, (10, 9))],
    ids=["curves", "confusion", "residuals"],
)
def test_a_png_has_the_size_that_its_subject_asks_for(subject: Subject, inches: tuple[float, float]) -> None:
    content = draw(subject, "png")
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == tuple(round(120 * side) for side in inches)


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_same_subject_is_drawn_in_the_same_bytes(form: str) -> None:
    assert draw(CONFUSION, form) == draw(CONFUSION, form)


@pytest.mark.parametrize("name", ["a$b_{", "<b>&amp;", "\x00\x1b\ud800\u202eab", "日本", "\\frac", "x" * 500, "", "%"])
def test_whatever_a_thing_is_called_it_is_drawn(name: str) -> None:
    subject = Confusion(Heading(name, name[:50]), (name, "b"), CONFUSION.counts)
    assert parsed(subject).tag == f"{SVG}svg"
    assert draw(subject, "png")


def test_names_are_shown_as_they_were_written_but_for_what_no_svg_may_hold() -> None:
    said = texts(Confusion(HEADING, ("<b>$x$ & 日本", "\x00\u202e"), CONFUSION.counts))
    assert said.count("<b>$x$ & 日本") == 2
    assert said.count("��") == 2


@pytest.mark.parametrize(
    "values",
    [[1e308, -1e308], [5e-324, 1e308], [5e-324, 1e-323], [1e16, 1e16 + 2], [0.0, -0.0], [np.nan, 1e38], [-1e-300, 1.0]],
)
def test_whatever_the_numbers_are_they_are_drawn(values: list[float]) -> None:
    pairs = np.array([values]).T
    for subject in (curve(*values), Residuals(HEADING, ("y",), pairs, pairs[::-1]), curve(*values[:1])):
        assert draw(subject, "png")
