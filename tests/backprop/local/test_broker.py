import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backprop.local.broker import Broker, find_server, new_broker
from backprop.local.guard import Guard
from backprop.local.program import Program
from backprop.local.supervisor import Child, Stop

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def broker() -> Broker:
    return new_broker()


@pytest.fixture
def server(broker: Broker, tmp_path: Path) -> Program:
    directory = tmp_path / "broker"
    directory.mkdir()
    return broker.program(find_server(), directory, dict(os.environ), tmp_path / "broker.log")


@pytest.fixture
def child(server: Program, guard: Guard) -> Iterator[Child]:
    child = Child(server, guard, lambda _: None)
    child.tend()
    yield child
    child.stop(Stop())


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))


def answers(url: str) -> bool:
    with contextlib.suppress(redis.ConnectionError), contextlib.closing(client(url)) as connection:
        return bool(connection.ping())
    return False


@pytest.mark.usefixtures("child")
def test_it_opens_to_its_password_alone(broker: Broker, until: Until) -> None:
    until(lambda: answers(broker.url))
    with (
        contextlib.closing(client(f"redis://127.0.0.1:{broker.port}/0")) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_a_killed_broker_comes_back_at_the_same_address_with_what_it_held(
    child: Child, broker: Broker, until: Until
) -> None:
    until(lambda: answers(broker.url))
    with contextlib.closing(client(broker.url)) as connection:
        connection.rpush("bells", "ding")
        connection.waitaof(1, 0, 2000)
        pid = connection.info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)

    def back() -> bool:
        child.tend()
        return answers(broker.url)

    until(lambda: not answers(broker.url))
    until(back)
    with contextlib.closing(client(broker.url)) as connection:
        assert connection.lrange("bells", 0, -1) == [b"ding"]
        assert connection.info("server")["process_id"] != pid


def test_a_log_that_cannot_be_read_does_not_keep_it_from_coming_back(
    server: Program, broker: Broker, guard: Guard, until: Until
) -> None:
    assert server.directory is not None
    log = server.directory / "appendonlydir"
    log.mkdir()
    (log / "appendonly.aof.1.incr.aof").write_bytes(bytes(4096))
    (log / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    said: list[str] = []
    child = Child(server, guard, said.append)

    def answering() -> bool:
        child.tend()
        return answers(broker.url)

    until(answering)
    child.stop(Stop())
    assert len(said) == 3


def test_the_password_stands_neither_on_the_command_line_nor_in_a_representation(
    broker: Broker, server: Program
) -> None:
    assert broker.password not in " ".join(server.command)
    assert broker.password not in repr(broker)
    assert len(broker.password) >= 32
    assert broker.password != new_broker().password
