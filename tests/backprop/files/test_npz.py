"""npz: vectors and matrices become columns; headers that promise more than there is are refused."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from backprop.errors import TooLargeError
from backprop.files.options import Room
from tests.backprop.files.tables import columns, problem, read


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_vectors_are_columns_and_matrices_columns_with_a_number() -> None:
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    content = npz(x=x, y=np.array(["a", "b", "a"]), flag=np.array([True, False, True]), n=np.arange(3, dtype=np.uint8))
    assert columns(content) == {
        "x1": ("numeric", [0.0, 2.0, 4.0]),
        "x2": ("numeric", [1.0, 3.0, 5.0]),
        "y": ("text", ["a", "b", "a"]),
        "flag": ("boolean", [True, False, True]),
        "n": ("numeric", [0, 1, 2]),
    }


def test_axes_beyond_the_first_are_flattened_and_orders_do_not_matter() -> None:
    images = np.arange(24).reshape(2, 3, 4)
    assert list(columns(npz(p=images)))[:2] == ["p1", "p2"]
    assert columns(npz(p=images))["p12"] == ("numeric", [11, 23])
    assert columns(npz(x=np.asfortranarray(np.arange(6).reshape(3, 2)))) == columns(npz(x=np.arange(6).reshape(3, 2)))


def test_times_and_gaps_are_kept() -> None:
    at = np.array(["2020-01-31", "NaT"], "M8[D]")
    found = columns(npz(at=at, x=np.array([np.nan, 1.0])))
    assert found == {"at": ("datetime", ["2020-01-31T00:00:00Z", None]), "x": ("numeric", [None, 1.0])}


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"a": np.zeros(2), "b": np.zeros(3)}, "wrong_length"),
        ({"a": np.array([1, "x"], object)}, "unsupported_type"),
        ({"a": np.array(1.0)}, "unsupported_type"),
        ({"a": np.zeros(2, complex)}, "unsupported_type"),
        ({"a": np.zeros(0)}, "no_rows"),
        ({"a": np.zeros((2, 20_000))}, "too_many_columns"),
        ({"a": np.array([np.inf])}, "not_finite"),
    ],
)
def test_what_is_no_table_is_refused(arrays: dict[str, Any], code: str) -> None:
    assert problem(npz(**arrays)).code == code


def test_a_header_that_claims_terabytes_is_too_large_before_anything_is_read() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(TooLargeError):
        read(buffer.getvalue())
    assert problem(buffer.getvalue(), room=Room(2**60)).code == "damaged"


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_a_truncated_file_is_refused(cut: int) -> None:
    assert problem(npz(x=np.arange(100))[:-cut]).code == "damaged"


def test_a_spreadsheet_is_refused_by_its_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<xml/>")
    found = problem(buffer.getvalue())
    assert "save it as CSV" in found.detail
