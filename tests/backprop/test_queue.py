import socket
import threading
import time

import pytest
from celery import Celery

from backprop.queue import Ringer, bells, celery_app, ring

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def app(broker_url: str) -> Celery:
    return celery_app(broker_url)


def wait_for_bells(app: Celery, count: int) -> None:
    late = time.monotonic() + 10
    while bells(app) < count and time.monotonic() < late:
        time.sleep(0.01)


def test_bells_are_counted_until_they_are_heard(app: Celery) -> None:
    assert bells(app) == 0
    assert ring(app, 3)
    assert bells(app) == 3


def test_a_dead_broker_fails_no_one() -> None:
    app = celery_app(NOBODY)
    assert ring(app) is False
    assert bells(app) == 0


def test_a_frozen_broker_keeps_no_caller_of_a_ringer_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # it takes connections and never answers
        ringer = Ringer(celery_app(f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"))
        for _ in range(1000):
            ringer.ring()
        assert "ringer" in {thread.name for thread in threading.enumerate()}, "it still waits, and we do not"


def test_rings_of_one_moment_share_a_bell(app: Celery) -> None:
    ringer = Ringer(app, seconds_between=60)
    for _ in range(1000):
        ringer.ring()
    wait_for_bells(app, 1)
    assert [bells(app) for _ in range(50)] == [1] * 50


def test_what_is_asked_for_after_a_bell_is_rung_for(app: Celery) -> None:
    ringer = Ringer(app)
    for count in range(1, 4):
        ringer.ring()
        wait_for_bells(app, count)
    assert bells(app) == 3
