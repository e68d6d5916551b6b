"""The server's entry: Flask for every request that is answered at once, and coroutines for those that wait.

A process answers ordinary requests one after the other, on its event loop: they take milliseconds, and more threads
would only slow each other down. A request that follows a job goes through Flask too (its key, its job, its headers);
what it then waits for costs no thread, so that hundreds of streams leave the others as quick as they were.
"""

import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from flask import Flask
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from backprop.settings import Settings
from service.feeds import Feeds
from service.following import FOLLOWING, WAITING, Following, Waiting
from service.parts import parts_of
from service.wsgi import application as flask_application

Headers = list[tuple[str, str]]
UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Body(Protocol):
    """A request's body as it comes in, chunk by chunk."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the chunks."""


class Door:
    """The app as Granian calls it (RSGI 1.5): Flask inside, with streams around it."""

    def __init__(self, app: Flask) -> None:
        parts = parts_of(app)
        self._app, self._settings, self._feeds = app, parts.settings, Feeds(parts.database)

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request."""
        environ = environ_of(scope)
        environ["wsgi.input"] = io.BytesIO(await _read(protocol, environ, self._settings))
        status, headers, content = self._ask(environ)
        waiting: Waiting | None = environ.get(WAITING)
        if waiting is not None:
            status, headers, content = await self._wait(waiting, environ, headers)
        following: Following | None = environ.get(FOLLOWING)
        if following is None:
            protocol.response_bytes(status, headers, content)
            return
        # Flask counted the line that stands in for the stream.
        headers = [(name, text) for name, text in headers if name.lower() != "content-length"]
        try:
            transport = protocol.response_stream(status, headers)
            async for message in self._feeds.follow(following):
                await transport.send_bytes(message)
        except ProtocolClosed:
            return  # the client has gone

    async def _wait(self, waiting: Waiting, environ: dict[str, Any], headers: Headers) -> tuple[int, Headers, bytes]:
        """Return the job as it is after the wait: 200 where it has ended, 202 with the headers that it had else."""
        has_ended = await self._feeds.has_ended(waiting.job_id, waiting.seconds)
        look = {key: value for key, value in environ.items() if not key.startswith(("CONTENT_", "werkzeug."))}
        look |= {"REQUEST_METHOD": "GET", "PATH_INFO": f"/v1/jobs/{waiting.job_id}", "QUERY_STRING": ""}
        status, fresh, content = self._ask(look | {"wsgi.input": io.BytesIO()})
        applied = [("Preference-Applied", f"wait={waiting.seconds}")]
        kept = [(name, text) for name, text in headers if name.lower() in {"location", "retry-after"}]
        return (status, fresh + applied, content) if has_ended else (202, fresh + kept, content)

    def _ask(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        """Return what Flask answers: status, headers and the whole content."""
        answered: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, *_: object) -> None:
            answered.append((int(status[:3]), headers))

        chunks: Iterable[bytes] = self._app(environ, start)  # type: ignore[arg-type]  # werkzeug's own protocol
        content = b"".join(chunks)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        return (*answered[-1], content)


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333) of a request, without its body."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Bytes as latin-1, as PEP 3333 has it.
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": io.StringIO(),
        "wsgi.input_terminated": True,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    if scope.authority:
        environ.setdefault("HTTP_HOST", scope.authority)
    return environ


async def _read(body: Body, environ: dict[str, Any], settings: Settings) -> bytes:
    """Return the body, or as much of it as shows that it is too large: Flask then answers 413."""
    length = environ.get("CONTENT_LENGTH")
    if length is None and "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    if length is not None and length.isdecimal() and int(length) > settings.max_body_bytes:
        return b""  # refused by its length alone
    chunks, size = [], 0
    async for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > settings.max_body_bytes:
            break
    return b"".join(chunks)


def application() -> Door:
    """Return the door that this process's environment describes. Raises SettingsError."""
    return Door(flask_application())
