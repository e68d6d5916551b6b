"""A body that is read by a thread while it comes in to the event loop: an upload's, which may be larger than memory."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

from granian._granian import RSGIProtocolClosed as ProtocolClosed
from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from service.door.environment import Body, Environment

PATH = "/v1/datasets"
IDLE_SECONDS = 60.0  # between two chunks


def is_upload(environment: Environment) -> bool:
    """Whether a request's body is a file."""
    return bool(environment["PATH_INFO"] == PATH and environment["REQUEST_METHOD"] == "POST")


class Incoming(io.RawIOBase):
    """The body as a file that waits for what has not come yet. Raises ClientDisconnected and RequestTimeout."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._body, self._loop = body, loop
        self._chunks: AsyncIterator[bytes] | None = None
        self._left = memoryview(b"")
        self._has_ended = False

    def within(self, environment: Environment) -> Environment:
        """Return the environment with this as its input."""
        is_chunked, length = "HTTP_TRANSFER_ENCODING" in environment, environment.get("CONTENT_LENGTH")
        self._has_ended = not is_chunked and length is None
        # A length that was said is held against what comes by Werkzeug, unless the server vouches for the end.
        return environment | {"wsgi.input": self, "wsgi.input_terminated": is_chunked}

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, into: Any) -> int:
        """Read what has come, at least a byte where more comes; 0 at the end."""
        while not len(self._left) and not self._has_ended:
            self._left = memoryview(self._next())
        count = min(len(self._left), len(into))
        into[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _next(self) -> bytes:
        try:
            chunk = asyncio.run_coroutine_threadsafe(self._coming(), self._loop).result(IDLE_SECONDS)
        except TimeoutError as error:
            raise RequestTimeout(f"nothing has come for {IDLE_SECONDS:.0f} seconds") from error
        except ProtocolClosed as error:
            raise ClientDisconnected from error
        self._has_ended = chunk is None
        return chunk or b""

    async def _coming(self) -> bytes | None:
        """Return the next chunk, None at the end. An empty chunk comes at the end, and another where it breaks off."""
        if self._chunks is None:
            self._chunks = aiter(self._body)
        chunk = await self._one()
        if chunk == b"":
            chunk = await self._one()
            if chunk == b"":
                raise ClientDisconnected
        return chunk

    async def _one(self) -> bytes | None:
        assert self._chunks is not None  # noqa: S101  it has been begun
        try:
            return await self._chunks.__anext__()  # anext() with a default brings Python down over Granian's iterator
        except StopAsyncIteration:
            return None
