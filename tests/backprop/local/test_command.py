"""`python -m backprop` itself, with tiny programs in place of migrations, service, worker and keeper."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backprop.local.broker import free_port

Until = Callable[[Callable[[], object]], None]
Alive = Callable[[int], bool]

SLEEPER = "import os, time; print(os.getpid(), os.environ['BACKPROP_BROKER_URL'], flush=True); time.sleep(60)"
SERVICE = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
print(os.getpid(), os.environ['BACKPROP_BROKER_URL'], os.environ['OPENBLAS_NUM_THREADS'], flush=True)
http.server.HTTPServer(('127.0.0.1', int(os.environ['BACKPROP_PORT'])), Handler).serve_forever()
"""


class Command:
    """The command in a folder of its own, its environment, and the processes it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("BACKPROP_")}
        self.environ |= {"PYTHONPATH": str(Path.cwd()), "BACKPROP_PORT": str(free_port())}
        self.started: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "backprop"], cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def start_and_wait_until_ready(self) -> subprocess.Popen[str]:
        process = self.start()
        assert process.stdout is not None
        assert process.stdout.readline() == f"backprop is ready at http://127.0.0.1:{self.environ['BACKPROP_PORT']}\n"
        return process

    def refusal(self) -> str:
        process = self.start()
        said, _ = process.communicate(timeout=10)
        assert process.returncode == 1
        assert said.count("\n") == 1
        return said

    def log(self, name: str) -> list[str]:
        return (self.folder / "var" / "log" / f"{name}.log").read_text().split()

    def pids(self) -> list[int]:
        return [*(int(self.log(name)[0]) for name in ("service", "worker", "keeper")), self.broker_pid()]

    def broker_pid(self) -> int:
        return int(self.log("broker")[0].partition(":")[0])


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    sources = {"migrations/__main__": "", "worker/__main__": SLEEPER, "worker/keeper": SLEEPER}
    for name, source in {**sources, "service/__main__": SERVICE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).with_name("__init__.py").touch()
        (tmp_path / f"{name}.py").write_text(source)
    command = Command(tmp_path)
    yield command
    for process in command.started:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_everything_and_a_signal_stops_everything(command: Command, alive: Alive, number: int) -> None:
    process = command.start_and_wait_until_ready()
    pids = command.pids()
    assert all(map(alive, pids))
    process.send_signal(number)
    said, _ = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "stopping; Ctrl-C again to hurry\n")
    assert not any(map(alive, pids))


def test_everything_shares_the_embedded_broker_and_one_blas_thread(command: Command) -> None:
    command.start_and_wait_until_ready()
    assert command.log("service")[1] == command.log("worker")[1] == command.log("keeper")[1]
    assert command.log("service")[1].startswith("redis://:")
    assert command.log("service")[2] == "1"


def test_a_broker_that_a_setting_names_is_used(command: Command) -> None:
    command.environ["BACKPROP_BROKER_URL"] = "redis://127.0.0.1:1/0"
    command.start_and_wait_until_ready()
    assert command.log("service")[1] == "redis://127.0.0.1:1/0"
    assert not (command.folder / "var" / "broker").exists()


def test_a_sigkilled_supervisor_leaves_no_process_and_can_be_started_again_at_once(
    command: Command, alive: Alive
) -> None:
    process = command.start_and_wait_until_ready()
    pids = command.pids()
    process.kill()
    process.wait()
    command.start_and_wait_until_ready()
    assert not any(map(alive, pids))


def test_a_second_instance_in_the_same_folder_is_refused(command: Command) -> None:
    first = command.start_and_wait_until_ready()
    assert f"is in use by process {first.pid}" in command.refusal()


def test_a_taken_port_is_refused(command: Command) -> None:
    with socket.create_server(("127.0.0.1", int(command.environ["BACKPROP_PORT"]))):
        assert "set BACKPROP_PORT to a free one" in command.refusal()


def test_a_data_directory_that_cannot_be_written_is_refused(command: Command) -> None:
    (command.folder / "var").touch()
    assert "error: BACKPROP_DATA_DIR: cannot write to" in command.refusal()


def test_a_failed_migration_is_told_by_its_last_line(command: Command) -> None:
    (command.folder / "migrations" / "__main__.py").write_text("raise SystemExit('no such server')")
    assert "the database cannot be brought up to date: no such server (see " in command.refusal()


def test_a_wrong_setting_is_refused(command: Command) -> None:
    command.environ["BACKPROP_CONCURRENCY"] = "many"
    assert command.refusal() == "error: BACKPROP_CONCURRENCY is 'many'; it takes a number\n"
