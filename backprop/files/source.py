"""A CSV file that has been looked at: how it is written, and what its cells are to be read as."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from backprop.files.dialect import Dialect

Types = Mapping[str, Any]  # Arrow's, by the names of columns


@dataclass(frozen=True)
class Source:
    """A file, how it is written, and how large the blocks are that it is read in."""

    file: BinaryIO
    encoding: str
    dialect: Dialect
    missing: tuple[str, ...]
    block: int

    def conversion(self, types: Types) -> Any:
        """Return the options to read the columns named in `types` as these."""
        return csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=list(self.missing),
        )


def as_texts(types: Types) -> Types:
    """Return the same columns, all to be read as texts."""
    return dict.fromkeys(types, pa.string())
