"""A load on a server, by wrk: how many requests a second it answers, and how long they take."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_name("requests.lua")


class Request(NamedTuple):
    """What is sent again and again; `%d` in a body of JSON counts up."""

    url: str
    method: str = "GET"
    body: bytes = b""
    content_type: str = "application/json"


class Figures(NamedTuple):
    """Requests a second, and milliseconds until half of them, and all but one in a hundred, were answered."""

    per_second: float
    p50: float
    p99: float


def require_wrk() -> None:
    """End with one line where wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit("benchmarks.serving: wrk is missing; install it (Debian and Homebrew call its package wrk)")


def load(request: Request, seconds: int, connections: int) -> Figures:
    """Send a request over and over on so many connections, and return what came of it.

    Raises RuntimeError where a request failed.
    """
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), request.url]
    with tempfile.NamedTemporaryFile() as body:
        body.write(request.body)
        body.flush()
        command = ["wrk", *options, "--", request.method, request.content_type, body.name]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("done"))
    requests, duration, p50, p99, failures = map(float, line.split()[1:])
    if failures:
        raise RuntimeError(f"{failures:g} of {requests:g} requests failed: {request}\n{output}")
    return Figures(1e6 * requests / duration, p50 / 1000, p99 / 1000)
