"""A worker's process that may take some memory more than it has at its start: `frugal URL FOLDER BYTES`."""

import os
import resource
import sys
from pathlib import Path

from backprop.datasets.shelf import Shelf
from backprop.store.database import Database
from worker.runner import work
from worker.workplace import Workplace

PAGE = os.sysconf("SC_PAGE_SIZE")


def main(url: str, folder: str, more: int) -> None:
    """Work on one job under the limit; what lies in mapped files does not count."""
    database = Database(url, Path(folder, "blobs"))
    place = Workplace(database, "worker@frugal", lambda: None, shelf=Shelf(Path(folder, "rows"), 2**40))
    work(place)  # a small job, with which comes whatever is imported late
    data = int(Path("/proc/self/statm").read_text().split()[5]) * PAGE
    resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))
    work(place)
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
