"""Figures as a terminal shows them."""

from datetime import UTC, datetime, timedelta

import pytest

from backprop.cli.figures import age, number, scores, sparkline


def test_a_sparkline_goes_from_the_highest_bar_to_the_lowest() -> None:
    assert sparkline([8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) == "█▇▆▅▄▃▂▁"
    assert sparkline(list(map(float, range(1000))), width=3) == "▁▄█"
    assert sparkline([2.0, None, 2.0]) == "▁▁"
    assert sparkline([None]) == sparkline([]) == ""


def test_the_scores_are_those_on_rows_that_were_kept_back() -> None:
    train = {"loss": 0.1, "accuracy": 0.99}
    assert (
        scores({"train": train, "validation": None, "test": {"loss": 1.0, "accuracy": 0.8}}) == "test accuracy 80.0 %"
    )
    assert scores({"train": {"loss": 1.0, "r2": 0.5, "rmse": 1234.5}}) == "train r2 0.5, rmse 1234"
    folds = {"mean": {"loss": 0.1, "accuracy": 0.955, "r2": None}, "std": {"loss": 0.0, "accuracy": 0.02, "r2": None}}
    assert scores({"train": train, "cross_validation": folds}) == "cross validation accuracy 95.5 % ± 2.0 %, r2 -"
    assert scores(None) == ""
    assert number(None) == "-"


@pytest.mark.parametrize(("seconds", "shown"), [(-1, "0 s"), (59, "59 s"), (61, "1 min"), (7300, "2 h"), (2e5, "2 d")])
def test_an_age_is_told_in_its_largest_unit(seconds: float, shown: str) -> None:
    now = datetime.now(UTC)
    assert age(now - timedelta(seconds=seconds), now) == f"{shown} ago"
