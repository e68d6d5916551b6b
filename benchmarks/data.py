"""Data: reading a file as an upload is, encoding a million rows, and encoding one record for a prediction.

Ours looks at every cell's type, writes the rows as they are kept, and takes their statistics, in a process of its own;
the peers read into memory. Ratios against the peers that are installed (pandas, polars; scikit-learn always),
interleaved, medians; above 1 is ours ahead.
"""

import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from backprop.data import Encoding, Table, table_of
from backprop.data.roles import Roles
from backprop.files.options import Format, Reading, Room
from backprop.files.reading import convert
from backprop.spec import PreprocessingSpec

ROWS, RUNS, RECORDS = 1_000_000, 3, 2000
TOWNS = np.array(["Berlin", "Oslo", "Paris", "Rome"])
NUMBERS = [f"x{place}" for place in range(8)]

Work = Callable[[], object]


def main() -> None:
    """Print a line for each piece of work."""
    random = np.random.RandomState(0)
    columns = {name: np.round(random.standard_normal(ROWS), 6) for name in NUMBERS}
    towns = TOWNS[random.randint(0, 4, ROWS)]
    made = pa.table({**columns, "town": towns, "y": random.randint(0, 2, ROWS)})
    with tempfile.TemporaryDirectory() as folder:
        paths = {"csv": Path(folder) / "rows.csv", "parquet": Path(folder) / "rows.parquet"}
        csv.write_csv(made, paths["csv"])
        parquet.write_table(made, paths["parquet"])
        for name in ("csv", "parquet"):
            report(f"{name}, {paths[name].stat().st_size // 10**6} MB", readers(name, paths[name]))
        table = kept(paths["parquet"])
    report("a million rows encoded", encoders(table, np.stack([*columns.values()], axis=1), towns))
    report(f"{RECORDS} single records encoded", singles(table))


def readers(name: str, path: Path) -> dict[str, Work]:
    """Return ours, which also keeps the rows and their statistics, and the peers' reading into memory."""
    work: dict[str, Work] = {"ours": lambda: keep("csv" if name == "csv" else "parquet", path)}
    for peer in ("pandas", "polars"):
        if importlib.util.find_spec(peer) is not None:
            work[peer] = partial(getattr(importlib.import_module(peer), f"read_{name}"), path)
    return work


def keep(given: Format, path: Path) -> bytes:
    """Return a file's rows as they are kept."""
    with path.open("rb") as file, tempfile.TemporaryFile() as into:
        convert(file, given, Reading(), Room(10**10), into)
        into.seek(0)
        return into.read()


def kept(path: Path) -> Table:
    """Return a Parquet file's table as a job reads it."""
    return table_of(keep("parquet", path))


def fitted(table: Table) -> Encoding:
    """Return the default encoding of all columns but the target."""
    roles = Roles((*NUMBERS, "town"), ("y",), "classification")
    return Encoding.fit(table, np.arange(table.rows), roles, PreprocessingSpec(), "float32")


def encoders(table: Table, numbers: Any, towns: Any) -> dict[str, Work]:
    """Return fitting and applying an encoding of all rows, ours and a ColumnTransformer's."""
    mixed = np.empty((ROWS, len(NUMBERS) + 1), object)
    mixed[:, :-1], mixed[:, -1] = numbers, towns
    numeric = list(range(len(NUMBERS)))
    steps = [("n", StandardScaler(), numeric), ("c", OneHotEncoder(sparse_output=False), [len(NUMBERS)])]
    return {
        "ours": lambda: fitted(table).encode_table(table, np.arange(table.rows)),
        "scikit-learn": lambda: ColumnTransformer(steps).fit_transform(mixed).astype(np.float32),
    }


def singles(table: Table) -> dict[str, Work]:
    """Return the encoding of records one by one."""
    encoding = fitted(table)
    record = dict.fromkeys(NUMBERS, 0.5) | {"town": "Oslo"}
    return {"ours": lambda: [encoding.encode_records([record]) for _ in range(RECORDS)]}


def report(title: str, work: Mapping[str, Work]) -> None:
    """Print the median seconds of each, and the peers' time over ours."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(RUNS):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    found = {name: median(times) for name, times in seconds.items()}
    ratios = ", ".join(f"{name} {took:.2f} s ({took / found['ours']:.2f})" for name, took in found.items())
    print(f"{title}: {ratios}")


if __name__ == "__main__":
    main()
