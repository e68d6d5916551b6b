"""A million rows scored under `make run`, and downloaded in each format: how long it takes, and each process's memory.

`python -m benchmarks.scoring [rows]`. It fails where a process holds more than 300 MB.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from backprop.client import Client, ClientError
from backprop.local.broker import free_port
from benchmarks.memory import watched

ROWS = 1_000_000
MOST = 300 * 10**6
NAMES = [*(f"x{place}" for place in range(8)), "town", "id", "y"]
TOWNS = ("Berlin", "Oslo", "Paris", "Rome")


def main() -> None:
    """Print what it took; end with an error where it took too much memory."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder, program(folder) as (client, pid):
        path = Path(folder, "rows.csv")
        write(path, rows)
        dataset = client.datasets.create(path)
        write(path, 10_000)
        few = client.datasets.create(path)
        asked = {"data": {"dataset": few.id}, "target": "y", "ignore": ["id"], "training": {"epochs": 3}}
        client.jobs.wait(client.jobs.create({"name": "model", **asked}).id)
        with watched(pid) as peaks:
            began = time.perf_counter()
            prediction = client.predictions.create("model", dataset.id, include=["id", "town"])
            prediction = client.predictions.wait(prediction.id)
            print(f"{rows:,} rows: {prediction.state} after {time.perf_counter() - began:.1f} s")
            for form in ("csv", "parquet", "ndjson"):
                began = time.perf_counter()
                client.predictions.download(prediction.id, path, file_format=form)
                seconds = time.perf_counter() - began
                print(f"  {form:<8} {path.stat().st_size / 1e6:4.0f} MB in {seconds:.1f} s")
    for name, peak in sorted(peaks.items(), key=lambda one: -one[1])[:8]:
        print(f"  {peak / 1e6:4.0f} MB  {name}")
    if max(peaks.values()) > MOST:
        sys.exit(f"a process held more than {MOST / 1e6:.0f} MB")


@contextmanager
def program(folder: str) -> Iterator[tuple[Client, int]]:
    """Run everything on the embedded database and broker; give a client of it, and its process."""
    settings = {"BACKPROP_DATA_DIR": folder, "BACKPROP_PORT": str(free_port())}
    running = subprocess.Popen([sys.executable, "-m", "backprop"], env=os.environ | settings)
    try:
        with Client(f"http://127.0.0.1:{settings['BACKPROP_PORT']}", timeout=300) as client:
            while not has_worker(client):
                time.sleep(0.1)
            yield client, running.pid
    finally:
        running.send_signal(signal.SIGINT)
        running.wait()


def has_worker(client: Client) -> bool:
    """Whether jobs can be worked on."""
    try:
        return bool(client.health().workers)
    except ClientError:
        return False


def write(path: Path, rows: int) -> None:
    """Write a CSV file of numbers, one of a few towns, an id, and a class that follows from them."""
    random = np.random.RandomState(0)
    with path.open("w") as file:
        file.write(",".join(NAMES) + "\n")
        for start in range(0, rows, 10_000):
            numbers = random.standard_normal((min(10_000, rows - start), 8))
            for place, row in enumerate(numbers.tolist(), start):
                cells = ",".join(f"{x:.6f}" for x in row)
                file.write(f"{cells},{TOWNS[place % 4]},r{place},{'yes' if row[0] > row[1] else 'no'}\n")


if __name__ == "__main__":
    main()
