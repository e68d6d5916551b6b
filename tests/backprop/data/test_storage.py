"""A table's bytes follow from its content alone and are refused when they are not whole."""

import struct

import numpy as np
import pytest

from backprop.data.inline import table_from_rows
from backprop.data.table import Column, Table


def test_bytes_are_the_same_for_every_kind_of_nan() -> None:
    odd = np.frombuffer(struct.pack("<Q", 0xFFF8000000000123))
    assert (
        Table((Column("a", "numeric", odd),)).to_bytes()
        == Table((Column("a", "numeric", np.array([np.nan])),)).to_bytes()
    )


def test_the_sha256_is_that_of_every_machine() -> None:
    table = table_from_rows(["n", "b", "t"], [[1, True, "é"], [2.5, None, "a"], [None, False, None]])
    assert table.sha256 == "7271a5183f8989a02262e8908174caa320fa46d7bcc035197721dc7fec3acaf0"


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04", b"bptable1", "short", "long"])
def test_bytes_of_something_else_are_refused(spoilt: bytes | str) -> None:
    content = table_from_rows(["a"], [[1.5], [2.5]]).to_bytes()
    given = {"short": content[:-1], "long": content + b"0"}.get(str(spoilt), spoilt)
    with pytest.raises(ValueError, match=r"table|Expecting"):
        Table.from_bytes(given)  # type: ignore[arg-type]
