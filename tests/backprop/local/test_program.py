import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backprop.local.program import Program, rotate

MakeProgram = Callable[..., Program]


def test_output_of_every_start_is_appended_to_the_log(program: MakeProgram) -> None:
    crier = program("crier", "print('out', flush=True); print('err', file=sys.stderr)")
    for _ in range(2):
        crier.start().wait()
    assert crier.log.read_text() == "out\nerr\n" * 2


def test_a_process_leads_a_group_of_its_own(program: MakeProgram) -> None:
    process = program("sleeper", "time.sleep(60)").start()
    assert os.getpgid(process.pid) == process.pid
    process.kill()
    process.wait()


def test_the_input_arrives_and_ends(program: MakeProgram) -> None:
    echo = replace(program("echo", "print(sys.stdin.read())"), stdin=b"a secret")
    echo.start().wait()
    assert echo.log.read_text() == "a secret\n"


def test_a_process_that_does_not_read_its_input_is_started_all_the_same(program: MakeProgram) -> None:
    assert replace(program("deaf", "sys.exit(3)"), stdin=b"x" * 1000).start().wait() == 3


@pytest.mark.parametrize(("size", "moved"), [(10, False), (11, True)])
def test_a_log_over_the_limit_is_moved_aside(tmp_path: Path, size: int, moved: bool) -> None:
    log = tmp_path / "worker.log"
    log.write_text("x" * size)
    rotate(log, limit=10)
    assert (tmp_path / "worker.log.1").exists() is moved
    assert log.exists() is not moved
