"""Pauses double up to the longest, and Retry-After is understood in both of its forms."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backprop.client.retries import Retries, retry_after


def test_pauses_double_up_to_the_longest_and_are_cut_by_up_to_half() -> None:
    pauses = list(Retries(attempts=6, first=1.0, longest=4.0).pauses())
    assert len(pauses) == 5
    for pause, most in zip(pauses, (1.0, 2.0, 4.0, 4.0, 4.0), strict=True):
        assert most / 2 <= pause <= most


def test_retry_after_as_seconds_and_as_a_date() -> None:
    assert retry_after("120") == 120.0
    assert retry_after(format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)) == pytest.approx(
        120, abs=2
    )
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert retry_after("soon") is None
    assert retry_after(None) is None
