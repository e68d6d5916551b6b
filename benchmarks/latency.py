"""How long a user waits for a job that trains for about a millisecond, from its POST to its result, under `make run`.

python -m benchmarks.latency [jobs]
"""

import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

JOB = {
    "data": {"builtin": "xor"},
    "network": {"hidden": [{"units": 4, "activation": "tanh"}]},
    "training": {"epochs": 30, "batch_size": "full"},
}
PORT = 18217
SECONDS_BETWEEN_POLLS = 0.002
WARM_UP = 10


@contextlib.contextmanager
def service() -> Iterator[http.client.HTTPConnection]:
    """Run everything on the embedded database and broker, and give a connection to it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"BACKPROP_DATA_DIR": folder, "BACKPROP_PORT": str(PORT)}
        program = subprocess.Popen([sys.executable, "-m", "backprop"], env=os.environ | settings)
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        try:
            while not _has_worker(connection):
                time.sleep(0.1)
            yield connection
        finally:
            connection.close()
            program.send_signal(signal.SIGINT)
            program.wait()


def send(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> Any:
    """Send one request on the kept connection, and return the answer's JSON."""
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def once(connection: http.client.HTTPConnection) -> float:
    """Return the milliseconds from the POST of a job to the sight of its end."""
    began = time.perf_counter()
    job = send(connection, "POST", "/v1/jobs", JOB)
    while job["state"] != "succeeded":
        time.sleep(SECONDS_BETWEEN_POLLS)
        job = send(connection, "GET", f"/v1/jobs/{job['id']}")
    return 1000 * (time.perf_counter() - began)


def main(jobs: int) -> None:
    """Print the table."""
    with service() as connection:
        for _ in range(WARM_UP):
            once(connection)
        times = sorted(once(connection) for _ in range(jobs))
    print(f"POST to result of a 1 ms job, polled every {1000 * SECONDS_BETWEEN_POLLS:g} ms, {jobs} jobs, milliseconds")
    print("   min  median     p90     max")
    figures = (times[0], statistics.median(times), times[int(0.9 * jobs)], times[-1])
    print("".join(f"{figure:>8.1f}" for figure in figures)[2:])


def _has_worker(connection: http.client.HTTPConnection) -> bool:
    try:
        return bool(send(connection, "GET", "/healthz/ready").get("workers"))
    except (OSError, http.client.HTTPException):
        connection.close()
        return False


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
