"""The worker program's log: every line is ours in form, Celery's own included, and none tells the broker's password."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backprop.queue import celery_app, ring
from backprop.store.database import Database
from backprop.store.jobs import reading
from tests.worker.conftest import Submit

SECONDS = 40


def until(holds: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def kill_children(parent: int) -> None:
    table = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    for pid, ppid in (map(int, row.split()) for row in table.splitlines()):
        if ppid == parent:
            os.kill(pid, signal.SIGKILL)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_worker_logs_transitions_and_nothing_of_celerys(
    database: Database, database_url: str, broker_url: str, submit: Submit, tmp_path: Path
) -> None:
    job_id = submit(training={"epochs": 2}).id
    environ = {
        **os.environ,
        "BACKPROP_DATA_DIR": str(tmp_path),
        "BACKPROP_DATABASE_URL": database_url,
        "BACKPROP_BROKER_URL": broker_url,
        "BACKPROP_CONCURRENCY": "1",
    }
    log = tmp_path / "worker.log"
    with log.open("w") as output:
        worker = subprocess.Popen([sys.executable, "-m", "worker"], env=environ, stdout=output, stderr=output)
    app = celery_app(broker_url)
    try:
        # Rung at every look, as a keeper would: one bell alone may be lost, and any number changes nothing.
        until(lambda: ring(app) and reading.show(database, "local", job_id).state == "succeeded", log)
        kill_children(worker.pid)
        until(lambda: '"multiprocessing"' in log.read_text(), log)
    finally:
        worker.terminate()
        worker.wait(timeout=15)
    told = lines(log)  # each of them in our form
    assert [(line["event"], line["job_id"], line["claim"], line["state"]) for line in told if "job_id" in line] == [
        ("job started", job_id, 1, "running"),
        ("job succeeded", job_id, 1, "succeeded"),
    ]
    assert ("multiprocessing", "error") in {(line["logger"], line["level"]) for line in told}
