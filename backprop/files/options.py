"""How a file is to be read: what is not said is found out."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "parquet", "arrow", "npz", "json", "ndjson"]

MISSING_TEXTS = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip  # what pandas takes for missing


@dataclass(frozen=True)
class Reading:
    """What a client may say of a file; all but `format` and `text` counts for CSV alone.

    `missing` are texts that stand for a missing value beside the usual ones, `text` columns whose cells are texts even
    where they look like something else.
    """

    format: Format | None = None
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip_rows: int = 0
    decimal: str | None = None
    columns: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """What a file may come to, columns and bytes once it is unpacked, and the folder that it is unpacked in."""

    bytes: int
    columns: int = 10_000
    folder: str | None = None
