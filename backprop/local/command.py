"""What `make run` runs: checks, migrates, starts everything, and says when it is ready."""

import contextlib
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backprop.errors import SettingsError
from backprop.local.broker import Broker, find_server, new_broker
from backprop.local.guard import Guard, kill_group
from backprop.local.preflight import check_port, check_writable, lock
from backprop.local.program import Program
from backprop.local.readiness import announce
from backprop.local.supervisor import Stop, supervise
from backprop.settings import Settings, settings_from

# One BLAS thread a process: with as many processes as cores, more threads only take turns (28 times slower).
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
WORKER_GRACE = 12.0  # it gives its jobs back within 10
LOOK_SECONDS = 0.02


def main(environ: Mapping[str, str]) -> int:
    """Run until asked to stop; returns the exit status: 0 after a stop, 1 after one line that says what is wrong."""
    stop = Stop()
    stop.listen()
    try:
        settings = settings_from(environ)
        check_writable(settings.data_dir)
        with contextlib.closing(Guard(keep_open=[lock(settings.data_dir)])) as guard:
            _run(settings, environ, guard, stop)
    except SettingsError as error:
        say(f"error: {error}")
        return 1
    return 0


def _run(settings: Settings, environ: Mapping[str, str], guard: Guard, stop: Stop) -> None:
    check_port(settings.host, settings.port)
    surroundings = {**environ, **ONE_THREAD, "BACKPROP_DATA_DIR": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}
    broker = None if settings.broker_url else new_broker()
    if broker:
        surroundings["BACKPROP_BROKER_URL"] = broker.url
    place = Place(settings.data_dir, surroundings)
    programs = [*([place.broker(broker)] if broker else []), *place.processes()]
    _migrate(place.python("migrations"), guard, stop)
    threading.Thread(target=announce, args=(settings.host, settings.port, stop, say), daemon=True).start()
    supervise(programs, guard, stop, say)


@dataclass(frozen=True)
class Place:
    """Where the programs run: the data directory with their logs in it, and the environment that all of them get."""

    data_dir: Path
    environ: Mapping[str, str]

    def processes(self) -> tuple[Program, ...]:
        """Return our own programs in the order of their start; they stop in the opposite one, the service first."""
        return (
            self.python("worker.keeper", name="keeper"),
            self.python("worker", grace=WORKER_GRACE),
            self.python("service"),
        )

    def python(self, module: str, name: str | None = None, grace: float = 5.0) -> Program:
        """Return `python -m module` as a program."""
        name = name or module
        return Program(name, (sys.executable, "-m", module), self.environ, self._log(name), grace)

    def broker(self, broker: Broker) -> Program:
        """Return the embedded broker as a program, with a folder that only this user can read."""
        directory = self.data_dir / "broker"
        directory.mkdir(mode=0o700, exist_ok=True)
        return broker.program(find_server(), directory, self.environ, self._log("broker"))

    def _log(self, name: str) -> Path:
        return self.data_dir / "log" / f"{name}.log"


def _migrate(migration: Program, guard: Guard, stop: Stop) -> None:
    """Run the migration to its end, which only a second Ctrl-C cuts short; raises SettingsError if it fails."""
    process = migration.start()
    guard.watch(process.pid)
    while process.poll() is None and not stop.hurried:
        time.sleep(LOOK_SECONDS)
    kill_group(process.pid)
    status = process.wait()
    guard.release(process.pid)
    if status != 0 and not stop.requested:
        last = migration.log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise SettingsError(
            f"the database cannot be brought up to date: {last or f'status {status}'} (see {migration.log})"
        )


def say(line: str) -> None:
    """Write a line to the terminal, which may be gone already."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
