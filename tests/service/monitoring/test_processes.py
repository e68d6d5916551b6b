"""The real server's processes: what they count adds up, and they write one log."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.service.monitoring.test_monitoring import samples
from tests.service.test_main import free_port, serving, wait_for

REQUESTS = 60


def fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def counted(port: int, path: str) -> float:
    labels = frozenset({("method", "GET"), ("path", path), ("status", "200")})
    return samples(fetch(port, "/metrics"))["backprop_request_seconds_count", labels]


def workers(server: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [pid for pid in map(int, children) if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text()]


@pytest.fixture
def data_dir(sqlite_template: Path, tmp_path: Path) -> Path:
    (tmp_path / "backprop.sqlite").write_bytes(sqlite_template.read_bytes())
    return tmp_path


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the processes where Linux lists them")
def test_processes_count_together_also_after_one_of_them_died(data_dir: Path) -> None:
    port = free_port()
    with serving(port, data_dir=str(data_dir)) as server:
        assert len(workers(server)) >= 2
        for _ in range(REQUESTS):
            fetch(port, "/v1/datasets/builtin")
        assert [counted(port, "/v1/datasets/builtin") for _ in range(10)] == [REQUESTS] * 10
        before = workers(server)
        os.kill(before[0], signal.SIGKILL)
        deadline = time.monotonic() + 20
        while len(workers(server)) < len(before) or before[0] in workers(server):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        wait_for(port)
        fetch(port, "/v1/datasets/builtin")
        assert [counted(port, "/v1/datasets/builtin") for _ in range(10)] == [REQUESTS + 1] * 10


def test_all_processes_write_one_line_of_json_a_request(data_dir: Path) -> None:
    port = free_port()
    with serving(port, data_dir=str(data_dir), broker_url="redis://:hidden@127.0.0.1:1/0") as server:
        for _ in range(REQUESTS):
            fetch(port, "/v1/datasets/builtin")
        posted = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/jobs",
            data=b'{"data": {"builtin": "xor"}}',
            headers={"Content-Type": "application/json", "X-Request-Id": "r1"},
        )
        with urllib.request.urlopen(posted, timeout=5) as answer:  # noqa: S310  our own address
            job_id = json.load(answer)["id"]
        server.terminate()
        output, _ = server.communicate(timeout=10)
    lines = [json.loads(line) for line in output.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["path"] for line in requests] == ["/v1/datasets/builtin"] * REQUESTS + ["/v1/jobs"]
    (queued,) = [line for line in lines if line["event"] == "job queued"]
    for line in (queued, requests[-1]):
        assert (line["job_id"], line["request_id"]) == (job_id, "r1")
    assert "hidden" not in output
