"""The environment of a request as WSGI has it (PEP 3333), made of what Granian hands over (RSGI), and its body."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any, Protocol

from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from backprop.errors import BackpropError

Environment = dict[str, Any]

LASTING: Mapping[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
COMMON = ("host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "authorization",
          "x-request-id", "if-none-match", "idempotency-key", "prefer", "last-event-id", "transfer-encoding",
          "expect", "x-forwarded-for", "x-forwarded-proto")  # fmt: skip
BODY_SECONDS = 300.0  # for all of a body to come in
NOT_ASCII = "\xff"


class Body(Protocol):
    """A request's body, which has yet to come in."""

    async def __call__(self) -> bytes:
        """Return it whole; ProtocolClosed where it breaks off."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over its chunks, an empty one at the end, and another where it breaks off."""


class BrokenOffError(BackpropError):
    """The client went before it had sent the whole body."""


class TooSlowError(BackpropError):
    """The whole body has not come in within the time that it may take."""


def environment_of(scope: Scope) -> Environment:
    """Return the environment of a request, without its body."""
    host, _, port = scope.server.rpartition(":")
    environment = {
        **LASTING,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _latin(scope.path),  # its escapes are resolved already
        "QUERY_STRING": _latin(scope.query_string),
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
    }
    headers = scope.headers
    for name, value in headers.items():
        key = KEYS.get(name) or _key(name)
        if "_" in name:
            continue  # it would pass for its twin with a dash, which whoever stands before us may have checked
        environment[key] = f"{environment[key]},{value}" if key in environment else value
    if len(environment) < len(LASTING) + 9 + len(headers):  # type: ignore[arg-type]  # it has a length
        # Granian leaves out what is not ASCII; in its place stands what whoever reads the header refuses.
        for name in headers.keys():  # noqa: SIM118  it is no mapping
            if "_" not in name:
                environment.setdefault(_key(name), NOT_ASCII)
    if scope.authority:
        environment.setdefault("HTTP_HOST", scope.authority)
    return environment


async def read_body(body: Body, environment: Environment, most: int) -> io.BytesIO:
    """Return the body, or of one of more than `most` bytes as much as shows that: Flask then answers 413.

    One that came in chunks has a length from here on, like any other. Raises BrokenOffError and TooSlowError.
    """
    coding, length = environment.get("HTTP_TRANSFER_ENCODING"), int(environment.get("CONTENT_LENGTH", 0))
    if coding is None and 0 < length <= most:
        return io.BytesIO(await read_whole(body))
    if coding is None or coding.lower() != "chunked":
        return io.BytesIO()  # there is none, or it is refused by its head alone
    content = await _in_time(_collected(body, most))
    del environment["HTTP_TRANSFER_ENCODING"]
    environment["CONTENT_LENGTH"] = str(len(content))
    return io.BytesIO(content)


async def read_whole(body: Body) -> bytes:
    """Return the body, whose length is known to be right. Raises BrokenOffError and TooSlowError."""
    try:
        return await _in_time(body())
    except ProtocolClosed as error:
        raise BrokenOffError from error


async def _in_time(content: Awaitable[bytes]) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await content
    except TimeoutError as error:
        raise TooSlowError from error


async def _collected(body: Body, most: int) -> bytes:
    content, ends = bytearray(), 0
    async for chunk in body:
        content += chunk
        ends += not chunk
        if len(content) > most:
            break
    if ends > 1:
        raise BrokenOffError
    return bytes(content)


def _key(name: str) -> str:
    return UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")


def _latin(text: str) -> str:
    """Return text with its bytes in place of characters, as PEP 3333 has it."""
    return text if text.isascii() else text.encode().decode("latin-1")


KEYS: Mapping[str, str] = {name: _key(name) for name in (*COMMON, *UNPREFIXED)}  # translated once
