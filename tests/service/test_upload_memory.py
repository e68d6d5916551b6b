"""An upload takes memory that does not grow with it, in the service and in the process that reads the file."""

from pathlib import Path

from benchmarks.memory import watched
from benchmarks.upload import csv, send
from tests.service.running import Server, running

MB = 10**6


def most(server: Server, size: int) -> dict[str, int]:
    """Return the most bytes that any process of a name held until an upload of that size was read."""
    with watched(server.pid) as peaks:
        assert send(server.port, csv(size))["bytes"] > size
    return {part: max(peak for name, peak in peaks.items() if part in name) for part in ("service", "backprop.files")}


def test_three_times_the_file_takes_no_more_memory(sqlite_template: Path, tmp_path: Path) -> None:
    with running(tmp_path, sqlite_template) as server:
        small, large = most(server, 32 * MB), most(server, 96 * MB)
    grown = {part: (large[part] - small[part]) // MB for part in small}
    assert max(grown.values()) < 32, f"64 MB more in the file: {grown} MB more in memory"
