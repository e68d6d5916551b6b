import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backprop.errors import SettingsError
from backprop.local.preflight import check_port, check_writable, lock


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "var")
    assert list((tmp_path / "a" / "var").iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused_by_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(SettingsError, match=r"BACKPROP_DATA_DIR: cannot write to .*/var "):
        check_writable(tmp_path / "var")


def test_a_free_port_passes() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    check_port("127.0.0.1", port)


def test_a_taken_port_is_refused_by_the_settings_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} of 127\.0\.0\.1 is taken .* BACKPROP_PORT"):
            check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"BACKPROP_HOST is .* which is no address of this machine"):
        check_port("192.0.2.1", 8000)


def test_a_second_lock_is_refused_with_the_holder(tmp_path: Path) -> None:
    descriptor = lock(tmp_path)
    with pytest.raises(SettingsError, match=f"is in use by process {os.getpid()}; .* BACKPROP_DATA_DIR"):
        lock(tmp_path)
    os.close(descriptor)
    os.close(lock(tmp_path))


def test_the_guard_of_a_dead_holder_is_waited_for(tmp_path: Path) -> None:
    holder = (
        "import os, subprocess, sys; from pathlib import Path; from backprop.local.preflight import lock\n"
        "guard = [sys.executable, '-S', '-c', 'import time; time.sleep(1)']\n"
        "subprocess.Popen(guard, pass_fds=[lock(Path(sys.argv[1]))])"
    )
    subprocess.run([sys.executable, "-c", holder, str(tmp_path)], check=True, cwd=Path.cwd())
    with pytest.raises(SettingsError):
        lock(tmp_path, patience=0)
    os.close(lock(tmp_path))
