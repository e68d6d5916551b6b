"""The whole program, running: started as `make run` starts it, spoken to over HTTP, and hurt by signals."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ENDED = {"succeeded", "failed", "cancelled"}
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Stack:
    """A running program: the supervisor, its address and its data folder."""

    supervisor: subprocess.Popen[bytes]
    port: int
    folder: Path

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request; JSON out, JSON back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            given = {"Content-Type": "application/json"} | {
                key.replace("_", "-"): text for key, text in headers.items()
            }
            connection.request(method, path, content, given)
            response = connection.getresponse()
            text = response.read()
            return Answer(response.status, dict(response.getheaders()), json.loads(text) if text else None)
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        answer = self.request("GET", path)
        assert answer.status == http.HTTPStatus.OK, answer
        return answer.body

    def submit(self, job: Mapping[str, Any]) -> str:
        """POST a job and return its id."""
        answer = self.request("POST", "/v1/jobs", job)
        assert answer.status == http.HTTPStatus.ACCEPTED, answer
        return str(answer.body["id"])

    def job(self, job_id: str) -> Any:
        """Return a job as it is now."""
        return self.get(f"/v1/jobs/{job_id}")

    def wait(self, job_id: str, seconds: float = 60) -> Any:
        """Return a job once it has ended."""
        return until(lambda: ended(self.job(job_id)), seconds)

    def running(self, job_id: str, epoch: int = 1) -> Any:
        """Return a job once it is running and has reported `epoch` epochs."""
        return until(lambda: _reached(self.job(job_id), epoch))

    def sha256(self, job_id: str) -> str:
        """Return the digest of the weights that a job has made, once it has."""
        job = self.wait(job_id)
        assert job["state"] == "succeeded", job
        return str(self.get(f"/v1/models/{job['model']['id']}")["sha256"])

    def processes(self, command: str) -> list[int]:
        """Return the processes of this stack whose command line holds the words of `command`."""
        words = re.compile(re.escape(command) + r"(\s|$)") if command else re.compile("")
        family = {self.supervisor.pid}
        found = []
        for pid, parent, line in _process_table():
            if parent in family:
                family.add(pid)
                if words.search(line):
                    found.append(pid)
        return found

    def worker_children(self) -> list[int]:
        """Return the processes that train."""
        workers = self.processes("-m worker")
        parents = {pid: parent for pid, parent, _ in _process_table()}
        return [pid for pid in workers if parents.get(pid) in workers]

    def workers_are_back(self) -> None:
        """Wait for a worker that says that it is there."""
        until(lambda: self.get("/healthz/ready")["workers"] >= 1 and len(self.worker_children()) >= 1)


@contextlib.contextmanager
def running_stack(folder: Path, **settings: str) -> Iterator[Stack]:
    """Run the program on `folder` until the block ends; then it must be gone without a trace."""
    port = free_port()
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("BACKPROP_")}
    environment = inherited | settings | {"BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)}
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "backprop"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    stack = Stack(supervisor, port, folder)
    try:
        until(lambda: _answers(stack), 180)
        stack.workers_are_back()
        yield stack
        family = stack.processes("")
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(30) == 0
        left = [line for pid, _, line in _process_table() if pid in family and "defunct" not in line]
        assert not left, "Ctrl-C leaves no process behind"
    finally:
        if supervisor.poll() is None:
            supervisor.send_signal(signal.SIGINT)
            supervisor.wait(30)


def until(look: Callable[[], T | None], seconds: float = 60) -> T:
    """Return what `look` finds, looking until it finds something."""
    late = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < late, f"not within {seconds} s"
        time.sleep(0.02)


def ended(job: Any) -> Any:
    """Return a job that has ended, or None."""
    return job if job["state"] in ENDED else None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _reached(job: Any, epoch: int) -> Any:
    assert job["state"] not in ENDED, job
    return job if job["state"] == "running" and job["progress"]["epoch"] >= epoch else None


def _answers(stack: Stack) -> bool:
    assert stack.supervisor.poll() is None, "the program has ended"
    try:
        return stack.request("GET", "/healthz/ready").status == http.HTTPStatus.OK
    except OSError:
        return False


def _process_table() -> list[tuple[int, int, str]]:
    listing = subprocess.run(["ps", "-axwwo", "pid=,ppid=,args="], check=True, capture_output=True, text=True).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    return sorted((int(row[0]), int(row[1]), row[2] if len(row) > 2 else "") for row in rows)
