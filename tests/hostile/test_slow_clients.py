"""A thousand clients that send a byte at a time, send nothing, or read nothing: they keep nobody else waiting."""

import resource
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.hostile.wire import PROBE, TARGETS, exchange, get, head
from tests.service.running import Server

CLIENTS = 1000
ROUNDS = 5
MOST_MEGABYTES = 100  # for all of them together: a tenth of one each
POST = head(TARGETS["submit"], b"Content-Type: application/json", b"Content-Length: 1000")

SLOW = {
    "in silence": (b"", b""),
    "in its line": (b"GET /v1/jobs", b"a"),
    "in its headers": (get()[:-2] + b"X: ", b"a"),
    "in its body": (POST + b"{", b" "),
    "in its file": (POST.replace(TARGETS["submit"], TARGETS["upload"]) + b"{", b" "),
    "in its chunks": (POST.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked"), b"0"),
}


@pytest.fixture(autouse=True)
def _files() -> Iterator[None]:
    """Let this process open as many connections: some systems allow for 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def megabytes(server: Server) -> float:
    """Return the memory of the service's processes."""
    table = subprocess.run(["ps", "-Ao", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, row.split())) for row in table.splitlines()]
    return sum(kilobytes for pid, parent, kilobytes in rows if server.pid in (pid, parent)) / 1024


@pytest.mark.parametrize("where", SLOW)
def test_clients_that_send_a_byte_at_a_time_keep_nobody_waiting(server: Server, where: str) -> None:
    begun, byte = SLOW[where]
    before = megabytes(server)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(server.send(begun))) for _ in range(CLIENTS)]
        for _ in range(ROUNDS):
            for connection in slow:
                connection.sendall(byte)
            assert server.request("GET", "/healthz/ready").status == 200
            assert server.request("POST", "/v1/jobs", {}).status == 422
        assert megabytes(server) - before < MOST_MEGABYTES
    assert exchange(server, PROBE).statuses == [200]


def test_clients_that_read_nothing_keep_nobody_waiting(server: Server) -> None:
    before = megabytes(server)
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            deaf = stack.enter_context(closing(socket.socket()))
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            deaf.connect(("127.0.0.1", server.port))
            deaf.sendall(get() * 3)
        assert [server.request("GET", "/healthz/ready").status for _ in range(ROUNDS)] == [200] * ROUNDS
        assert megabytes(server) - before < MOST_MEGABYTES
