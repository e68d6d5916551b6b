"""What must hold before anything is started: a data directory that is ours alone, and a free port."""

import contextlib
import errno
import fcntl
import os
import socket
import tempfile
import time
from pathlib import Path

from backprop.errors import SettingsError

LOOK_SECONDS = 0.05


def check_writable(directory: Path) -> None:
    """Make the data directory; raises SettingsError if files cannot be made in it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise SettingsError(
            f"BACKPROP_DATA_DIR: cannot write to {directory} ({error.strerror}); name a folder that can be written"
        ) from error


def lock(directory: Path, patience: float = 15.0) -> int:
    """Return a file descriptor that holds the directory for this process alone until it is closed.

    A process that was killed may have left a guard that is still ending its programs: that one is waited for, up to
    `patience` seconds. Raises SettingsError if another process has the directory.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while not _try_lock(descriptor):
        holder = _holder(descriptor)
        if _alive(holder) or time.monotonic() > deadline:
            os.close(descriptor)
            raise SettingsError(
                f"{directory} is in use by process {holder}; stop that one, or set BACKPROP_DATA_DIR to another folder"
            )
        time.sleep(LOOK_SECONDS)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> int:
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else 0


def _alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


def check_port(host: str, port: int) -> None:
    """Raise SettingsError unless a server could listen on this address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise SettingsError(f"BACKPROP_HOST is {host!r}: {error.strerror}") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise SettingsError(_refusal(host, port, error)) from error


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by another program; set BACKPROP_PORT to a free one"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"BACKPROP_HOST is {host!r}, which is no address of this machine"
    return f"cannot listen on port {port} of {host} ({error.strerror}); set BACKPROP_PORT to another"
