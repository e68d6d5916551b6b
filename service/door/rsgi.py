"""The server's entry: Flask for every request that is answered at once, and coroutines for those that wait.

A process answers ordinary requests one after the other, on its event loop: they take milliseconds, and more threads
would only slow each other down. A request that follows a job goes through Flask too (its key, its job, its headers);
what it then waits for costs no thread, so that hundreds of streams leave the others as quick as they were. A plot is
drawn by another process and awaited likewise, and so is the file with a prediction's result, which is sent from the
disk. Bodies are read before Flask is asked: a client that sends its own slowly keeps nobody waiting. Uploads alone,
which may be large, have threads of their own and are read as they come. `docs/serving.md` has the figures.
"""

import asyncio
import io
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from flask import Flask
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from backprop.settings import Settings
from backprop.store.database import Database
from service.door.environment import (
    BrokenOffError,
    Environment,
    TooSlowError,
    environment_of,
    read_body,
    read_whole,
)
from service.door.feeds import Feeds
from service.door.following import FOLLOWING, WAITING, Following, Waiting
from service.door.front import Answer, Front, Headers, Left
from service.door.incoming import Incoming, is_upload
from service.exports import EXPORTING
from service.guard import FAILED
from service.parts import parts_of
from service.plotting.studio import DRAWING
from service.wsgi import application as flask_application

OF_THE_POST = ("CONTENT_", "HTTP_IF_", "werkzeug.")  # what its environment holds and a GET after it must not

UPLOADS = 32  # at once in one process; further ones wait, and their bodies with them

Done = TypeVar("Done")


class Door:
    """The app as Granian calls it (RSGI 1.6): Flask inside, streams and waits around it, the front before it if any."""

    def __init__(self, app: Flask, settings: Settings, database: Database, front: Front | None = None) -> None:
        self._front = front
        self._app, self._most_bytes, self._feeds = app, settings.max_body_bytes, Feeds(database)
        self._threads = ThreadPoolExecutor(UPLOADS, "upload")

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request."""
        try:
            front = self._front
            taken = None if front is None else front.take(scope)
            if front is None or taken is None:
                await self._through_flask(environment_of(scope), protocol)
                return
            content = await read_whole(protocol) if taken.has_body else b""
            found = await front.answer(taken, content)
            if isinstance(found, Left):
                known = {"wsgi.input": io.BytesIO(content), FAILED: found.failure}
                await self._answer(environment_of(scope) | known, protocol)
            else:
                protocol.response_bytes(*found)
        except BrokenOffError:
            protocol.response_empty(400, [])  # to nobody
        except TooSlowError:
            protocol.response_empty(408, [("connection", "close")])

    async def _through_flask(self, environment: Environment, protocol: Any) -> None:
        if is_upload(environment):
            protocol.response_bytes(*await self._receive(environment, protocol))
            return
        environment["wsgi.input"] = await read_body(protocol, environment, self._most_bytes)
        await self._answer(environment, protocol)

    async def _answer(self, environment: Environment, protocol: Any) -> None:
        """Answer a request whose body has come in by Flask, and by what it then waits for."""
        environment[DRAWING] = environment[EXPORTING] = None
        status, headers, content = self._ask(environment)
        if FOLLOWING in environment:
            await unless_gone(protocol, self._stream(environment[FOLLOWING], protocol, (status, headers)))
            return
        if WAITING in environment:
            waited = await unless_gone(protocol, self._wait(environment, (status, headers, content)))
            status, headers, content = waited or (status, headers, content)
        if environment[DRAWING] is not None:
            drawn = await unless_gone(protocol, self._draw(environment, (status, headers)))
            status, headers, content = drawn or (status, headers, content)
        if environment[EXPORTING] is not None:
            await self._send(environment, protocol, (status, headers))
            return
        protocol.response_bytes(status, headers, content)

    async def _receive(self, environment: Environment, protocol: Any) -> Answer:
        """Return the answer to an upload: in a thread, which reads the body as it comes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask, Incoming(protocol, loop).within(environment))

    async def _stream(self, following: Following, protocol: Any, head: tuple[int, Headers]) -> None:
        status, headers = head
        # Flask counted the line that stands in for the stream.
        headers = [(name, text) for name, text in headers if name.lower() != "content-length"]
        try:
            transport = protocol.response_stream(status, headers)
            async for message in self._feeds.follow(following):
                await transport.send_bytes(message)
        except ProtocolClosed:
            return  # the client has gone

    async def _wait(self, environment: Environment, first: Answer) -> Answer:
        """Return the job as it is after the wait, with 200 where it has ended; the first answer where nobody waited."""
        waiting: Waiting = environment[WAITING]
        has_ended = await self._feeds.has_ended(waiting.job_id, waiting.seconds)
        if has_ended is None:
            return first
        look = {key: value for key, value in environment.items() if not key.startswith(OF_THE_POST)}
        look |= {"REQUEST_METHOD": "GET", "PATH_INFO": waiting.path, "QUERY_STRING": ""}
        status, headers, content = self._ask(look | {"wsgi.input": io.BytesIO()})
        if status != 200:
            return first  # it has been deleted meanwhile, or the database is away
        wanted = {"location"} if has_ended else {"location", "retry-after"}
        kept = [(name, text) for name, text in first[1] if name.lower() in wanted]
        applied = [("Preference-Applied", f"wait={waiting.seconds}")]
        return 200 if has_ended else first[0], headers + kept + applied, content

    async def _draw(self, environment: Environment, head: tuple[int, Headers]) -> Answer:
        """Return the answer with the picture that it lacks, or the problem of one that could not be drawn."""
        drawing = asyncio.wrap_future(environment[DRAWING])
        try:
            await asyncio.wait([drawing])
        finally:
            drawing.cancel()  # where the client has gone, and it has not been begun
        if drawing.exception() is not None:
            return self._ask(environment)  # the view finds the drawing done, and raises what that raised
        status, headers = head
        content = drawing.result()
        return status, [*headers, ("content-length", str(len(content)))], content

    async def _send(self, environment: Environment, protocol: Any, head: tuple[int, Headers]) -> None:
        """Answer with a file once it has been written; a client that reads slowly costs neither thread nor memory."""
        writing = asyncio.wrap_future(environment[EXPORTING])
        await unless_gone(protocol, asyncio.wait([writing]))
        if not writing.done():
            writing.cancel()
            protocol.response_empty(*head)  # to nobody
        elif writing.exception() is not None:
            protocol.response_bytes(*self._ask(environment))  # the view raises what that raised
        else:
            path = writing.result()
            status, headers = head
            protocol.response_file(status, [*headers, ("content-length", str(path.stat().st_size))], str(path))

    def _ask(self, environment: Environment) -> Answer:
        """Return what Flask answers: status, headers and the whole content."""
        answered: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, *_: object) -> None:
            answered.append((int(status[:3]), headers))

        chunks: Iterable[bytes] = self._app(environment, start)  # type: ignore[arg-type]  # werkzeug's own protocol
        content = b"".join(chunks)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        return (*answered[-1], content)


async def unless_gone(protocol: Any, work: Coroutine[Any, Any, Done]) -> Done | None:
    """Return what `work` does; None, and an end to it, where the client goes before."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(protocol.client_disconnect())
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        gone.cancel()


def application() -> Door:
    """Return the door that this process's environment describes. Raises SettingsError."""
    app = flask_application()
    parts = parts_of(app)
    return Door(app, parts.settings, parts.database, Front(parts))
