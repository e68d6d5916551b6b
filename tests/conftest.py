"""What tests stand on: real databases, migrated as in production, empty at the start of each test."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from sqlalchemy import create_engine, text
from threadpoolctl import threadpool_limits

from backprop.local.broker import find_server, new_broker
from backprop.store.database import Database
from backprop.store.tables import Base
from migrations import migrate

settings.register_profile("ours", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("ours")

POSTGRESQL = os.environ.get("BACKPROP_TEST_DATABASE_URL")
# What some tests need and a machine may lack: where each is, and what to do where it is not.
PROGRAMS = {
    "PostgreSQL": (POSTGRESQL, "BACKPROP_TEST_DATABASE_URL names one"),
    "curl": (shutil.which("curl"), "install it"),
    "a browser": (os.environ.get("BACKPROP_TEST_BROWSER"), "BACKPROP_TEST_BROWSER=/usr/bin/chromium make test has it"),
}
REDIS_DATABASES = 16  # as many as a server has by itself
BROKER = os.environ.get("BACKPROP_TEST_BROKER_URL")
# PyTorch is large, and only CI needs it: there its absence is an error.
HAS_TORCH = importlib.util.find_spec("torch") is not None
collect_ignore = [] if HAS_TORCH or os.environ.get("CI") else ["backprop/nn/against_torch"]
BACKENDS = ["sqlite", *(["postgresql"] if POSTGRESQL else [])]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose programs are not here; in CI they fail."""
    if not os.environ.get("CI"):
        left_out = [item for item in items if any(not PROGRAMS[mark.args[0]][0] for mark in item.iter_markers("needs"))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what is left out, and what would have it run."""
    if collect_ignore:
        terminalreporter.write_line(
            "left out: the comparison with PyTorch, which is not installed (CI=1 make test has it)"
        )
    for program, (found, remedy) in PROGRAMS.items():
        if not found:
            terminalreporter.write_line(f"left out: what takes {program} to test ({remedy})")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As in production: two tests at once would otherwise spin against each other."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating one takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "backprop.sqlite"
    database = Database(f"sqlite:///{path}", path.parent / "blobs")
    migrate(database)
    database.close()
    return path


@contextmanager
def new_postgresql(name: str) -> Iterator[str]:
    """Make a migrated PostgreSQL database on the server of BACKPROP_TEST_DATABASE_URL, and yield its URL."""
    assert POSTGRESQL is not None
    server = create_engine(POSTGRESQL.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.url.set(database=name).render_as_string(hide_password=False)
    database = Database(url, Path("unused"))
    migrate(database)
    database.close()
    yield url
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def postgresql_url(worker_id: str) -> Iterator[str]:
    """The URL of a PostgreSQL database that belongs to this run and process alone."""
    with new_postgresql(f"backprop_test_{os.getpid()}_{worker_id}") as url:
        yield url


@pytest.fixture(scope="session")
def working_postgresql_url(worker_id: str) -> Iterator[str]:
    """The URL of another, whose workers live as long as the run, and would take the jobs of tests beside them."""
    with new_postgresql(f"backprop_working_{os.getpid()}_{worker_id}") as url:
        yield url


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """The URL of the broker that `make run` starts."""
    broker = new_broker()
    server = subprocess.Popen([find_server(), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert server.stdin is not None
    server.stdin.write(broker.configuration().replace("appendonly yes", "appendonly no").encode())
    server.stdin.close()
    yield broker.url
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def own_redis(worker_id: str) -> Callable[[int], str]:
    """Name one of the Redis databases that belong to this process of the run alone: bells have no other address."""
    process = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0

    def url(number: int) -> str:
        assert BROKER is not None
        parts = urlsplit(BROKER)
        place = int(parts.path.strip("/") or 0) + 2 * process + number
        return parts._replace(path=f"/{place % REDIS_DATABASES}").geturl()

    return url


@pytest.fixture(params=["embedded", *(["redis"] if BROKER else [])])
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty broker: the embedded one, and Redis where BACKPROP_TEST_BROKER_URL names one."""
    if request.param == "redis":
        url: str = request.getfixturevalue("own_redis")(0)
    else:
        url = request.getfixturevalue("embedded_broker")
    with Redis.from_url(url, retry=Retry(ExponentialBackoff(), 10)) as redis:
        redis.flushdb()
        yield url
        redis.flushdb()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database: SQLite, and PostgreSQL where BACKPROP_TEST_DATABASE_URL names one."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "backprop.sqlite"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("postgresql_url")
    yield url
    database = Database(url, tmp_path)
    with database.writing() as session:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name != "alembic_version")
        session.execute(text(f"TRUNCATE {tables} CASCADE"))
    database.close()


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database."""
    database = Database(database_url, tmp_path / "blobs")
    yield database
    database.close()
