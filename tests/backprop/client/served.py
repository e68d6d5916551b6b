"""The service over real sockets, whose connections can be made to fail."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import make_server

from backprop.client import Client, Retries
from backprop.store.database import Database
from worker.runner import work
from worker.workplace import Workplace

QUICK = Retries(attempts=4, first=0.01)
LONGEST_SECONDS = 20.0  # that a job may take to come

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Fault = Callable[[App], App]


@dataclass
class Served:
    """A service at `url`; each of `faults` befalls one request, in turn, and `asked` has what came in."""

    database: Database
    url: str = ""
    api_key: str | None = None
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def client(self, **options: Any) -> Client:
        return Client(self.url, **{"retries": QUICK, "timeout": 5.0, "api_key": self.api_key, **options})

    def work(self) -> str | None:
        """Do what a worker does when a bell rings; return the job's id, None where none waited."""
        return work(Workplace(self.database, "tester", lambda: None))

    def work_soon(self) -> None:
        """Do so on a thread of its own, once a job waits and whoever submitted it has had a moment to look."""
        threading.Timer(0.3, self._work_on_the_next).start()

    def _work_on_the_next(self) -> None:
        end = time.monotonic() + LONGEST_SECONDS
        while self.work() is None and time.monotonic() < end:
            time.sleep(0.05)


def broken_after(app: App) -> App:
    """The request is done, and the connection breaks before the answer."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        list(app(environ, lambda *_: None))
        return _break(environ, start)

    return answer


def broken_before(_app: App) -> App:
    """The connection breaks before the request is done."""
    return _break


def answering(status: str, content: bytes = b"", **headers: str) -> Fault:
    """Something else answers in the service's place."""

    def answer(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start(status, [(name.replace("_", "-"), text) for name, text in headers.items()])
        return [content]

    return lambda _app: answer


@contextmanager
def serving(app: App, served: Served) -> Iterator[Served]:
    """Serve the app on a free port until the block ends."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        served.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        fault = served.faults.pop(0) if served.faults else None
        return (fault(app) if fault else app)(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    served.url = f"http://127.0.0.1:{server.port}"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _break(environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
    environ["werkzeug.socket"].shutdown(2)
    raise ConnectionResetError
