"""A job is followed to its end over connections that break and streams that are full, each event once."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backprop.client import Change, Client, Event, Metrics, NotFoundError, Progress, UnreachableError
from backprop.store.database import Database
from tests.backprop.client.served import App, Fault, Served, broken_before
from tests.service.test_main import free_port, wait_for

JOB = {"data": {"builtin": "iris"}, "training": {"epochs": 30}}


def changes(events: Iterable[Event]) -> list[str]:
    return [event.data.kind for event in events if isinstance(event.data, Change)]


def epochs(events: Iterable[Event]) -> list[int]:
    return [epoch for event in events if isinstance(event.data, Metrics) for epoch in event.data.epoch]


def message(name: str, event: str, **data: Any) -> bytes:
    return f"id: {name}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode()


def change(seq: int, kind: str) -> bytes:
    return message(f"{seq}-0", "state", seq=seq, kind=kind, at="2026-01-01T00:00:00Z", claim=0, data={})


def streaming(heard: list[str], *messages: bytes, breaks: bool = False) -> Fault:
    """The service streams these messages, and then ends the stream or breaks the connection."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        heard.append(environ.get("HTTP_LAST_EVENT_ID", ""))
        size = sum(map(len, messages)) + breaks
        start("200 OK", [("Content-Type", "text/event-stream"), ("Content-Length", str(size))])
        yield b"".join(messages)

    def fault(_app: App) -> App:
        return answer

    return fault


@pytest.fixture
def live(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """The service as it runs in production, whose streams are live, and its database."""
    (tmp_path / "backprop.sqlite").write_bytes(sqlite_template.read_bytes())
    port, database = free_port(), Database(f"sqlite:///{tmp_path / 'backprop.sqlite'}", tmp_path / "blobs")
    environ = os.environ | {"BACKPROP_DATA_DIR": str(tmp_path), "BACKPROP_PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "service"], env=environ, stdout=log, stderr=log)
    wait_for(port)
    yield Served(database, url=f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait(10)
    database.close()


def test_a_stream_is_followed_as_it_happens_and_can_be_taken_up_anywhere(live: Served) -> None:
    with live.client() as client:
        job_id = client.jobs.create(JOB).id
        events = []
        for event in client.jobs.events(job_id):
            events.append(event)
            if changes([event]) == ["queued"]:
                live.work()
        assert changes(events) == ["queued", "started", "succeeded"]
        assert epochs(events) == list(range(1, 31))
        started = next(event for event in events if changes([event]) == ["started"])
        assert changes(client.jobs.events(job_id, after=started.id)) == ["succeeded"]
        assert not changes(client.jobs.events(job_id, after=events[-1].id))
        with pytest.raises(NotFoundError):
            next(client.jobs.events("job_0"))


def test_a_broken_stream_is_taken_up_where_it_broke(served: Served, client: Client) -> None:
    heard: list[str] = []
    served.faults = [
        streaming(heard, b"retry: 1\n\n", change(1, "queued"), change(2, "started"), breaks=True),
        broken_before,
        streaming(heard, b": still here\n\n", message("2-5", "mood", of="Monday"), message("2-7", "news", a=1)),
        streaming(heard, message("2-9", "progress", state="succeeded", epoch=9, epochs=9), change(3, "succeeded")),
    ]
    events = list(client.jobs.events("job_1"))
    assert heard == ["", "2-0", "2-7"]
    assert [event.kind for event in events] == ["state", "state", "mood", "news", "progress", "state"]
    assert events[3].data.document == {"a": 1}
    assert changes(events) == ["queued", "started", "succeeded"]


def test_a_job_is_asked_for_while_there_is_no_stream_for_it(served: Served, client: Client) -> None:
    """The server of these tests ends every stream at once."""
    job_id = client.jobs.create(JOB).id
    threading.Timer(0.3, served.work).start()
    events = list(client.jobs.events(job_id))
    assert changes(events) == ["queued", "started", "succeeded"]
    assert [event.data.state for event in events if isinstance(event.data, Progress)][-1] == "succeeded"


def test_a_service_that_stays_away_is_an_error(served: Served, client: Client) -> None:
    served.faults = [broken_before] * 4
    with pytest.raises(UnreachableError):
        list(client.jobs.events("job_1"))
