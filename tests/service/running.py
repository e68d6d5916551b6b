"""The running service, asked over real connections."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backprop.store.database import Database
from tests.service.test_main import free_port, wait_for
from worker.runner import work
from worker.workplace import Workplace

JOB = {"data": {"builtin": "iris"}, "training": {"epochs": 30}, "split": {"validation": 0.2}}
EVENT_STREAM = "text/event-stream"


@dataclass
class Message:
    """One message of a stream."""

    kind: str
    id: str
    data: Any = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What the server answered, whole."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Server:
    """A running service, its first process, and the database behind it."""

    port: int
    pid: int
    database: Database

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def send(self, *parts: bytes) -> socket.socket:
        """Open a connection and send what need not be a whole request."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        for part in parts:
            connection.sendall(part)
        return connection

    @contextmanager
    def streams(self, job_id: str, count: int) -> Iterator[list[socket.socket]]:
        """Open streams of a job, each of them begun."""
        asking = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: here\r\nAccept: {EVENT_STREAM}\r\n\r\n".encode()
        with ExitStack() as stack:
            opened = [stack.enter_context(closing(self.send(asking))) for _ in range(count)]
            for stream in opened:
                read_until(stream, b"retry: ")
            yield opened

    def submit(self) -> str:
        return str(self.request("POST", "/v1/jobs", JOB).json["id"])

    def work(self) -> None:
        work(Workplace(self.database, "worker@test", lambda: None))

    def stream(self, job_id: str, **headers: str) -> Iterator[Message]:
        """Follow a job until its stream ends."""
        response = self.request("GET", f"/v1/jobs/{job_id}/events", Accept=EVENT_STREAM, **headers)
        assert response.status == 200
        assert response.headers["Content-Type"].startswith(EVENT_STREAM)
        for block in response.content.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
            if "event" in lines:
                yield Message(lines["event"], lines["id"], json.loads(lines["data"]))


@contextmanager
def running(folder: Path, template: Path, **settings: str) -> Iterator[Server]:
    """Run the service in a folder of its own, on a copy of a migrated database."""
    port, path = free_port(), folder / "backprop.sqlite"
    path.write_bytes(template.read_bytes())
    named = {f"BACKPROP_{name.upper()}": value for name, value in settings.items()}
    environ = os.environ | named | {"BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)}
    with (folder / "log").open("wb") as log:  # a pipe that nobody reads would stop the service at its 64th kilobyte
        process = subprocess.Popen([sys.executable, "-m", "service"], env=environ, stdout=log, stderr=log)
    database = Database(f"sqlite:///{path}", folder / "blobs")
    try:
        wait_for(port)
        yield Server(port, process.pid, database)
    finally:
        process.terminate()
        assert process.wait(10) == 0
        database.close()


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    """Return what comes in up to where `wanted` has come."""
    content, late = b"", time.monotonic() + 20
    while wanted not in content and time.monotonic() < late:
        chunk = connection.recv(65536)
        if not chunk:
            break
        content += chunk
    assert wanted in content, content
    return content
