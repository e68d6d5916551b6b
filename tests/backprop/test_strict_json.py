import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop import strict_json
from backprop.errors import MalformedError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\0")), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_whatever_json_writes_is_read_as_it_was(value: object, ensure_ascii: bool) -> None:
    assert strict_json.loads(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "line 1 column 2"),
        (b"{'a': 1}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ("\ufeff{}".encode(), "not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e999]", "64-bit float"),
        (b"[-1e999]", "64-bit float"),
        (b"9" * 400, "64-bit float"),
        (b"9" * 5000, "64-bit float"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' stands twice"),
        (b"[" * 100_000, "nests deeper"),
        (b"[" * 65 + b"]" * 65, "nests deeper"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nests deeper"),
        (rb'["\u0000"]', "cannot be stored"),
        (rb'["\\\u0000"]', "cannot be stored"),
        (rb'{"\u0000": 1}', "cannot be stored"),
        (rb'["\ud800"]', "surrogate"),
        (rb'{"\udc00": 1}', "surrogate"),
        (b'["a\nb"]', "not JSON"),
    ],
)
def test_what_a_job_could_not_survive_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        strict_json.loads(content)


def test_brackets_within_strings_do_not_nest() -> None:
    text = '"' + "[{" * 500 + r"\"[[[" + '"'
    assert strict_json.nesting(f"[{text}]".encode()) == 1


def test_the_deepest_text_that_is_allowed_is_read() -> None:
    assert json.dumps(strict_json.loads(b"[" * 64 + b"]" * 64)) == "[" * 64 + "]" * 64


def test_an_escaped_backslash_before_u0000_is_plain_text() -> None:
    assert strict_json.loads(rb'["\\u0000"]') == [r"\u0000"]


def test_a_refusal_does_not_give_a_long_key_back_whole() -> None:
    key = "k" * 10_000
    with pytest.raises(MalformedError) as refusal:
        strict_json.loads(f'{{"{key}": 1, "{key}": 2}}'.encode())
    assert len(refusal.value.detail) < 200
