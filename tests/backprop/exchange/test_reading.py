"""Files that come in: what is wrong with one is named by its place, and none does harm."""

import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import safetensors.numpy as safetensors

from backprop.data import table_from_rows
from backprop.errors import InvalidError, TooLargeError
from backprop.exchange import npz as npz_file
from backprop.exchange import plain, tensors
from backprop.exchange.formats import FORMATS
from tests.backprop.exchange.bundles import bundle_of

MOST = 10**6
NAMES = ["n", "text", "flag", "target"]
ROWS = [[row, "abc"[row % 3] if row % 4 else None, row % 2 == 0, row / 7] for row in range(20)]
BUNDLE = bundle_of(
    table_from_rows(NAMES, ROWS),
    preprocessing={"rare": 2, "unseen": "pooled"},
    network={"hidden": [{"units": 2, "activation": "relu"}]},
)
READERS = {"json": plain.read, "npz": npz_file.read, "safetensors": tensors.read}


@cache
def written(form: str) -> bytes:
    return FORMATS[form].write(BUNDLE, whole=True)


def refusal(form: str, content: bytes) -> tuple[str, str]:
    with pytest.raises(InvalidError) as caught:
        READERS[form](content, MOST)
    problem = caught.value.problems[0]
    assert problem.detail
    return problem.pointer, problem.code


def changed(path: str, value: Any) -> bytes:
    document = json.loads(written("json"))
    *steps, last = path.split("/")
    at: Any = document
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("model", None, "#/model"),
        ("model/format", 2, "#/model/format"),
        ("model/name", "a/b", "#/model/name"),
        ("model/spec", {}, "#/model/spec/data"),
        ("model/spec/network/hidden", None, "#/model/spec/network/hidden"),
        ("model/spec/network/hidden/0/units", 3, "#/w1"),
        ("model/spec/network/hidden/0/units", -1, "#/model/spec/network/hidden/0/units"),
        ("model/spec/task", "classification", "#/model"),
        ("model/spec/training/dtype", "float64", "#/model"),
        ("model/encoding", {}, "#/model/encoding/format"),
        ("model/encoding/features", [], "#/model/encoding/features"),
        ("model/encoding/features/0/scale", 0, "#/model/encoding/features/0/scale"),
        ("model/encoding/features/0/offset", "1", "#/model/encoding/features/0/offset"),
        ("model/encoding/features/0/fill", "x", "#/model/encoding/features/0/fill"),
        ("model/encoding/features/0/categories", ["x"], "#/model/encoding/features/0"),
        ("model/encoding/features/1/categories", ["a", "a"], "#/model/encoding/features/1"),
        ("model/encoding/features/1/categories", ["a", True], "#/model/encoding/features/1"),
        ("model/encoding/features/1/fill", "nobody", "#/model/encoding/features/1"),
        ("model/encoding/features/1/name", "n", "#/model/encoding/features"),
        ("model/encoding/features/2/kind", "complex", "#/model/encoding/features/2/kind"),
        ("model/encoding/features/2/fill", 1, "#/model/encoding/features/2"),
        ("model/encoding/target/scales", [1.0, 1.0], "#/model/encoding/target"),
        ("model/encoding/target/scales", [0.0], "#/model/encoding/target/scales/0"),
        ("model/encoding/target/task", "classification", "#/model/encoding/target"),
        ("model/sha256", "0" * 64, "#/model/sha256"),
        ("w1/0/0", 0.5, "#/model/sha256"),
        ("w1/0", [1.0], "#/w1/1"),
        ("w1/0/0", True, "#/w1"),
        ("w1/0/0", 1e39, "#/w1"),
        ("w1", "many", "#/w1"),
        ("b1", [[1.0, 2.0]], "#/b1"),
        ("b1", [1.0], "#/b1"),
        ("w3", [[1.0]], "#"),
    ],
)
def test_what_is_wrong_with_a_document_is_named(path: str, value: Any, pointer: str) -> None:
    assert refusal("json", changed(path, value))[0].startswith(pointer)


def arrays(content: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(content)) as found:
        return dict(found)


def npz(named: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


class Trap:
    """What would raise, if it were unpickled."""

    def __reduce__(self) -> Any:
        return eval, ("1 / 0",)


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda a: a | {"w1": np.array([Trap()], dtype=object)}, ("#/w1", "unsupported_type")),
        (lambda a: a | {"model": np.array([Trap()], dtype=object)}, ("#/model", "wrong_type")),
        (lambda a: a | {"model": np.array("{")}, ("#", "damaged")),
        (lambda a: a | {"model": np.zeros(3)}, ("#/model", "wrong_type")),
        (lambda a: {key: value for key, value in a.items() if key != "model"}, ("#/model", "required")),
        (lambda a: {key: value for key, value in a.items() if key != "w1"}, ("#", "wrong_keys")),
        (lambda a: a | {"w1": np.zeros((500, 500))}, ("#/w1", "wrong_shape")),
        (lambda a: a | {"w1": a["w1"].astype(complex)}, ("#/w1", "unsupported_type")),
        (lambda a: a | {"w1": a["w1"] * np.nan}, ("#/w1", "not_finite")),
        (lambda a: a | {"w9": np.zeros(3)}, ("#", "wrong_keys")),
    ],
)
def test_no_npz_does_harm(harm: Callable[[dict[str, Any]], dict[str, Any]], expected: tuple[str, str]) -> None:
    assert refusal("npz", npz(harm(arrays(written("npz"))))) == expected


def test_files_in_fortrans_order_and_of_other_widths_are_read() -> None:
    found = arrays(written("npz"))
    found["w1"] = np.asfortranarray(found["w1"]).astype(">f8")
    assert npz_file.read(npz(found), MOST).sha256 == BUNDLE.sha256


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_a_file_cut_short_anywhere_is_refused(form: str) -> None:
    content = written(form)
    for length in [0, 1, 7, 8, 30, *range(100, len(content), max(1, len(content) // 50)), len(content) - 1]:
        assert refusal(form, content[:length]) == ("#", "damaged")


def test_a_header_that_claims_more_than_there_is_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written("npz"))) as given, zipfile.ZipFile(buffer, "w") as made:
        for member in given.namelist():
            content = given.read(member)
            made.writestr(member, content[:-4] if member == "w1.npy" else content)
    assert refusal("npz", buffer.getvalue()) == ("#", "damaged")
    assert refusal("safetensors", (2**40).to_bytes(8, "little") + b"{}") == ("#", "damaged")


def test_a_safetensors_file_of_something_else_is_told_what_is_missing() -> None:
    assert refusal("safetensors", safetensors.save({"w1": np.zeros(3, "f4")})) == ("#/model", "required")


def test_a_network_larger_than_may_be_is_refused_before_anything_is_read() -> None:
    hidden = [{"units": 10**6, "activation": "relu"}] * 100
    with pytest.raises(TooLargeError, match="bytes of parameters"):
        plain.read(changed("model/spec/network/hidden", hidden), MOST)
    for form in ("json", "npz", "safetensors"):
        with pytest.raises(TooLargeError):
            READERS[form](written(form), BUNDLE.flat.nbytes - 1)
        assert READERS[form](written(form), BUNDLE.flat.nbytes).sha256 == BUNDLE.sha256
