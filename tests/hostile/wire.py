"""Bytes on the wire: what is sent need not be HTTP, and what comes back is read to its end."""

import re
import socket
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass

from tests.service.running import Server

HOST = b"Host: here\r\n"
PROBE = b"GET /healthz/live HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Z]")
TARGETS = {  # those that read a body, and those that have no use for one
    "submit": b"POST /v1/jobs",
    "upload": b"POST /v1/datasets",
    "predict": b"POST /v1/models/iris/predict",
    "cancel": b"POST /v1/jobs/job_0/cancel",
    "list": b"GET /v1/jobs",
    "probe": b"GET /healthz/live",
    "nowhere": b"POST /nowhere",
}


@dataclass(frozen=True)
class Exchange:
    """All that came back over one connection until the server closed it."""

    content: bytes

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [int(status) for status in STATUS.findall(self.content)]


def get(path: bytes = b"/healthz/live", *headers: bytes) -> bytes:
    """Return a GET with these headers beside Host."""
    return head(b"GET " + path, *headers)


def post(content: bytes, *headers: bytes, to: bytes = TARGETS["submit"]) -> bytes:
    """Return a POST of JSON with its length, and these headers."""
    return head(to, b"Content-Type: application/json", b"Content-Length: %d" % len(content), *headers) + content


def chunked(body: bytes, *headers: bytes, to: bytes = TARGETS["submit"]) -> bytes:
    """Return a POST of JSON in chunks: `body` is what stands on the wire, their sizes included."""
    return head(to, b"Content-Type: application/json", b"Transfer-Encoding: chunked", *headers) + body


def head(start: bytes, *headers: bytes) -> bytes:
    """Return a request's line and headers."""
    return start + b" HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in headers) + b"\r\n"


def exchange(server: Server, *parts: bytes, half_close: bool = False) -> Exchange:
    """Send the parts, and read until the server closes: where it might not, let a PROBE come last."""
    with closing(server.send()) as connection:
        send(connection, parts)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return Exchange(received(connection))


def send(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """Send the parts, or as many as the server takes; return how many bytes those are."""
    sent = 0
    with suppress(ConnectionError):  # it has answered, and closed
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    return sent


def received(connection: socket.socket) -> bytes:
    """Return all that comes in until the server closes."""
    content = b""
    with suppress(ConnectionError):  # closed before it had read everything
        while chunk := connection.recv(65536):
            content += chunk
    return content
