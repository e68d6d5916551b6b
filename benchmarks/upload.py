"""An upload of a gigabyte of CSV to a running service: how long it takes, and the most memory that each process holds.

`python -m benchmarks.upload [megabytes]`. It fails where a process holds more than 300 MB.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from backprop.local.broker import free_port
from backprop.settings import settings_from
from backprop.store.database import Database
from benchmarks.memory import watched
from migrations import migrate

MEGABYTES = 1000
MOST = 300 * 10**6
HEADER = b"x0,x1,x2,x3,x4,x5,x6,x7,town,y\n"


def main() -> None:
    """Print what it took; end with an error where it took too much memory."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {"BACKPROP_DATA_DIR": folder, "BACKPROP_PORT": str(port)}
        settings = settings_from(environ)
        database = Database(settings.database_url, settings.blob_dir)
        migrate(database)
        database.close()
        with Path(folder, "log").open("wb") as log:
            service = subprocess.Popen([sys.executable, "-m", "service"], env=os.environ | environ, stderr=log)
        try:
            await_ready(port)
            with watched(service.pid) as peaks:
                began = time.perf_counter()
                answer = send(port, csv(megabytes * 10**6))
                seconds = time.perf_counter() - began
        finally:
            service.terminate()
            service.wait()
    print(f"{answer['bytes'] / 1e6:.0f} MB of CSV, {answer['rows']:,} rows: {seconds:.1f} s")
    for name, peak in peaks.items():
        print(f"  {peak / 1e6:4.0f} MB  {name}")
    if max(peaks.values()) > MOST:
        sys.exit(f"a process held more than {MOST / 1e6:.0f} MB")


def csv(size: int) -> Iterator[bytes]:
    """Yield CSV of about that many bytes, as it is sent: a megabyte or so again and again, numbered."""
    random = np.random.RandomState(0)
    towns = np.array(["Berlin", "Oslo", "Paris", "Rome"])[random.randint(0, 4, 12_000)]
    rows = [",".join(f"{x:.6f}" for x in row) for row in random.standard_normal((len(towns), 8))]
    block = "".join(f"{row},{town},{place % 2}\n" for place, (row, town) in enumerate(zip(rows, towns, strict=True)))
    content = block.encode()
    yield HEADER
    for _ in range(-(-size // len(content))):
        yield content


def send(port: int, body: Iterator[bytes]) -> Any:
    """Return the dataset that an upload becomes. Raises RuntimeError where it is refused."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=600)) as connection:
        connection.request("POST", "/v1/datasets", body, {"Content-Type": "text/csv"}, encode_chunked=True)
        response = connection.getresponse()
        content = response.read()
    if response.status != 201:
        raise RuntimeError(f"{response.status}: {content.decode()}")
    return json.loads(content)


def await_ready(port: int) -> None:
    """Return once the service answers."""
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/healthz/ready")
                connection.getresponse().read()
                return
        except OSError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
