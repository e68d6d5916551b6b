import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from backprop.local.readiness import address, announce, is_ready
from backprop.local.supervisor import Stop


class Slow(http.server.BaseHTTPRequestHandler):
    """A service that is ready at the third request."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200 if self.path == "/healthz/ready" and self.asked >= 3 else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Slow.asked = 0
    with http.server.HTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield server.server_port
        server.shutdown()


def test_the_address_is_said_once_the_service_is_ready(port: int) -> None:
    said: list[str] = []
    announce("127.0.0.1", port, Stop(), said.append)
    assert said == [f"backprop is ready at http://127.0.0.1:{port}"]


def test_a_late_service_is_remarked_upon_once(port: int) -> None:
    said: list[str] = []
    announce("127.0.0.1", port, Stop(), said.append, patience=-1)
    assert [line.split(" ")[0] for line in said] == ["not", "backprop"]


def test_nothing_is_said_once_the_user_has_asked_to_stop(port: int) -> None:
    said: list[str] = []
    stop = Stop()
    stop.ask()
    announce("127.0.0.1", port, stop, said.append, patience=-1)
    assert said == []


def test_a_port_where_nobody_listens_is_not_ready() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not is_ready("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - nothing listens
        ("::", "http://[::1]:80"),
        ("example.org", "http://example.org:80"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(host: str, url: str) -> None:
    assert address(host, 80) == url
