"""The running service while plots are drawn: others are answered, too many are refused, and nothing is left behind."""

import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.service.running import Server, read_until, running

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="finds the processes where Linux lists them"
)

MOST_ASKED = 400  # until one is refused: each process has room for 8


def drawers(scratch: Path) -> set[int]:
    """The processes that draw with this folder, which no other service has."""
    return {int(process.name) for process in Path("/proc").glob("[0-9]*") if _draws(process, scratch)}


def _draws(process: Path, scratch: Path) -> bool:
    try:
        command, environ = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
    except OSError:
        return False  # it has just ended
    return b"backprop.plots" in command and f"MPLCONFIGDIR={scratch}\0".encode() in environ


@contextmanager
def frozen(pids: set[int]) -> Iterator[None]:
    """Hold these processes still in the midst of whatever they do."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def ask(server: Server, address: str) -> socket.socket:
    return server.send(f"GET {address} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())


def status(connection: socket.socket, seconds: float = 0) -> str:
    """The status of the answer that has begun to come in; none while it has not."""
    if not select.select([connection], [], [], seconds)[0]:
        return ""
    return connection.recv(12, socket.MSG_PEEK).decode()[-3:]


def test_while_plots_wait_others_are_answered_and_one_too_many_is_refused(server: Server) -> None:
    job_id = server.submit()
    server.work()
    address = f"/v1/jobs/{job_id}/plot.png"
    assert server.request("GET", address).status == 200
    with ExitStack() as stack:
        asking: list[socket.socket] = []
        with frozen(drawers(server.database.blob_dir.parent / "matplotlib")):
            while not (refused := [connection for connection in asking if status(connection) == "503"]):
                assert len(asking) < MOST_ASKED
                asking.append(stack.enter_context(closing(ask(server, f"{address}?kind=confusion"))))
                status(asking[-1], seconds=0.2)
            problem = read_until(refused[0], b'"code":"busy"')
            assert b"retry-after: 2" in problem.lower()
            row = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
            for _ in range(10):
                assert server.request("POST", f"/v1/models/{job_id}/predict", row).status == 200
            waiting = [connection for connection in asking if connection not in refused and not status(connection)]
            assert waiting
        for connection in waiting:
            assert status(connection, seconds=20) == "200", "it was drawn in the end"


def test_a_drawer_that_has_ended_leaves_nothing_and_another_draws_the_next_plot(server: Server) -> None:
    scratch = server.database.blob_dir.parent / "matplotlib"
    address = f"/v1/jobs/{server.submit()}/plot.svg"
    server.work()
    assert server.request("GET", address).status == 200
    ended = drawers(scratch)
    assert ended
    for pid in ended:
        os.kill(pid, signal.SIGKILL)
    late = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in ended):
        assert time.monotonic() < late
        time.sleep(0.05)
    assert {server.request("GET", f"{address}?kind=confusion").status for _ in range(4)} == {200}


def test_the_drawer_ends_with_the_service(sqlite_template: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "matplotlib"
    with running(tmp_path, sqlite_template) as server:
        answer = server.request("GET", f"/v1/jobs/{server.submit()}/plot.svg")
        assert b"waits for its turn" in answer.content
        assert len(drawers(scratch)) == 1
    late = time.monotonic() + 20
    while drawers(scratch):
        assert time.monotonic() < late
        time.sleep(0.05)
