"""The real server: it answers, stops in time, and says in one line why it cannot start."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

START_SECONDS = 30


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(**settings: str) -> subprocess.Popen[str]:
    environ = {**os.environ, **{f"BACKPROP_{k.upper()}": v for k, v in settings.items()}}
    command = [sys.executable, "-m", "service"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def serving(port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = start(port=str(port), **settings)
    try:
        wait_for(port)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the service does not answer")


@pytest.fixture
def environ(sqlite_template: Path, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "backprop.sqlite").write_bytes(sqlite_template.read_bytes())
    return {"data_dir": str(tmp_path)}


def test_it_serves_refuses_a_chunked_body_over_the_limit_and_stops_on_sigterm(environ: dict[str, str]) -> None:
    port = free_port()
    with serving(port, **environ, max_body_bytes="2000", host="localhost") as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/datasets/builtin", timeout=5) as answer:
            assert len(json.load(answer)["data"]) == 9
        too_much = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/jobs",
            data=iter([b"[" * 500] * 10),  # an iterator is sent in chunks, without a length
            headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
            method="POST",
        )
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(too_much, timeout=5)  # noqa: S310  our own address
        with closing(refusal.value):
            assert refusal.value.code == 413
        asked_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - asked_at < 10


def test_a_taken_port_is_one_clear_line(environ: dict[str, str]) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        output, _ = start(port=str(port), **environ).communicate(timeout=START_SECONDS)
    assert output.count("\n") == 1
    assert f"port {port} of 127.0.0.1 is taken" in output


@pytest.mark.parametrize(("setting", "value"), [("port", "http"), ("max_body_bytes", "0"), ("host", "256.1.1.1")])
def test_a_setting_that_cannot_be_is_one_clear_line(environ: dict[str, str], setting: str, value: str) -> None:
    process = start(**{"port": str(free_port()), **environ, setting: value})
    output, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1
    assert output.count("\n") == 1
    assert f"BACKPROP_{setting.upper()}" in output
