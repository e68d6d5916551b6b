"""Run the service: `python -m service` starts Granian, a process a core and at least two."""

import os
import resource
import socket
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

# One BLAS thread: two with concurrent callers run 28 times slower. The libraries read these when NumPy is imported.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
# Processes count together where this is set when prometheus_client is imported; `main` says in which folder.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", "")

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from backprop import logs
from backprop.errors import SettingsError
from backprop.local.preflight import check_port
from backprop.settings import Settings, settings_from
from service.docs import files
from service.door import rsgi  # imported before the fork, so once for all processes

# Granian's lines go where all others go. No access log: ours has one line a request already.
OUR_LOGS: Mapping[str, Mapping[str, Any]] = {"handlers": {}, "formatters": {}, "loggers": {"_granian": {}}}
CONNECTIONS = 4096  # of one process at once, most of them idle or streams; Granian's own limit would be 512
# Of a request's line and headers: bytes, since every connection may hold so many, and milliseconds until they are in.
HEADS = HTTP1Settings(max_buffer_size=64 * 2**10, header_read_timeout=30_000)
STOP_SECONDS = 4  # then a process that still answers is killed: whoever stops us allows for no more than 5


def main(environ: Mapping[str, str], target: str = f"{rsgi.__name__}:{rsgi.application.__name__}") -> None:
    """Serve what the function `target` makes, until SIGTERM or SIGINT.

    Raises SettingsError, also where the port is taken.
    """
    settings = settings_from(environ)
    logs.set_up()
    _allow_files(CONNECTIONS + 256)
    files.load()  # before the fork: read and zipped once for all processes, while nobody waits
    check_port(settings.host, settings.port)  # Granian shares a port with whoever else shares it, and says nothing
    with tempfile.TemporaryDirectory(prefix="backprop-counts-") as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
        _serve(settings, target)


def _serve(settings: Settings, target: str) -> None:
    Granian(
        target,
        factory=True,
        address=_numeric(settings.host),
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HEADS,
        websockets=False,
        workers=max(2, _cores()),
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=dict(OUR_LOGS),
    ).serve()


def _allow_files(wanted: int) -> None:
    """Raise this process's limit of open files to as many, where it may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _numeric(host: str) -> str:
    """Return the address of a host, since Granian takes no names."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    try:
        main(os.environ)
    except SettingsError as error:
        sys.exit(f"service: {error}")
