"""The service as hostile clients meet it: the real app on a real database, and a worker that ends what is admitted."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from backprop.store.database import Database
from service.app import create_app
from tests.service.harness import Service, settings_for
from tests.service.running import Server, running
from worker.runner import work
from worker.workplace import Workplace

KEY = "sesame"
MOST_BYTES = 100_000


@pytest.fixture
def service(sqlite_template: Path, tmp_path: Path) -> Service:
    """The service with a key, a worker that hears every other bell, and limits under which jobs take milliseconds."""
    path = tmp_path / "backprop.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", tmp_path / "blobs")
    limits = {"max_body_bytes": str(MOST_BYTES), "max_job_bytes": str(2**26), "max_job_flops": "1e8"}

    bells = itertools.count()

    def ring() -> None:
        if next(bells) % 2:  # so that some jobs are still waiting when they are asked to cancel, pause and resume
            work(Workplace(database, "tester", lambda: None))

    app = create_app(settings_for(f"sqlite:///{path}", api_key=KEY, **limits), database, ring)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return Service(client, database)


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service in processes of its own, as `make run` starts it."""
    limits = {"max_body_bytes": str(MOST_BYTES), "max_upload_bytes": str(MOST_BYTES)}
    with running(tmp_path_factory.mktemp("server"), sqlite_template, **limits) as server:
        yield server


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """Where the service is reached over a socket."""
    server = make_server("127.0.0.1", 0, service.client.application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
