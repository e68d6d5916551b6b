"""JSON as RFC 8259 and I-JSON mean it: what Python's parser lets pass and a job could not survive is refused here."""

import json
import math
import re
from collections import Counter

import numpy as np
import orjson

from backprop.errors import MalformedError

MAX_DEPTH = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKETS = b"[{]}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_STEPS = bytes.maketrans(_BRACKETS, b"\x01\x01\xff\xff")  # +1 and -1 as int8
_WITH_STRINGS = (str, dict, list)
_DOUBT = object()
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def loads(content: bytes) -> object:
    """Return the value that UTF-8 JSON text holds; every number in it is finite and fits a float64.

    A whole number of more than 64 bits comes as a float. Raises MalformedError for anything that is not JSON, and for
    NaN and Infinity, a number beyond float64, a key twice in one object, brackets more than MAX_DEPTH deep, and strings
    that no database keeps (NUL, lone surrogates).
    """
    if nesting(content) > MAX_DEPTH:
        raise MalformedError(f"the JSON nests deeper than {MAX_DEPTH} levels")
    value = _quickly(content)
    return _carefully(content) if value is _DOUBT else value


def _quickly(content: bytes) -> object:
    """Return what orjson makes of the text at a tenth of our parser's time, _DOUBT where ours has to look at it.

    orjson refuses all that ours does but a key that stands twice: then fewer strings come out than were in quotes.
    """
    if b"\\" in content:
        return _DOUBT
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _DOUBT
    return value if 2 * _strings(value) == content.count(b'"') else _DOUBT


def _strings(value: object) -> int:
    """Return how many strings a value holds, keys among them."""
    if isinstance(value, dict):
        return len(value) + sum(map(_strings, value.values()))
    if isinstance(value, list):
        kinds = {*map(type, value)}
        return 0 if kinds.isdisjoint(_WITH_STRINGS) else sum(map(_strings, value))
    return int(isinstance(value, str))


def _carefully(content: bytes) -> object:
    """Return the value, or say what is wrong with the text and where."""
    try:
        value = _DECODER.decode(content.decode())
    except UnicodeDecodeError as error:
        raise MalformedError(f"the body is not UTF-8: byte {error.start} cannot stand there") from error
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"the body is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    if b"\\u" in content:
        _refuse_unkeepable(content, value)
    return value


def nesting(content: bytes) -> int:
    """Return how deep the brackets outside of strings nest.

    Asked before parsing, since the parser recurses in C and a deep enough text may overflow the thread's stack.
    """
    if content.count(b"[") + content.count(b"{") <= MAX_DEPTH:
        return 0  # too few brackets to be too deep: most bodies end here
    steps = np.frombuffer(_STRING.sub(b"", content).translate(_STEPS, _OTHERS), dtype=np.int8)
    return int(steps.cumsum(dtype=np.int64).max(initial=0))


def _refuse_unkeepable(content: bytes, value: object) -> None:
    if _ESCAPED_NUL.search(content):
        raise MalformedError(r"a string holds \u0000, which cannot be stored; leave it out")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise MalformedError(
            "a string holds half of a surrogate pair; write the whole pair or the character"
        ) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise MalformedError(f"the key {key[:100]!r} stands twice in one object; keep one")
    return members


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise MalformedError(f"the number {text[:40]} is beyond the range of a 64-bit float")
    return value


def _integer(text: str) -> float:
    if len(text) > 308:  # 10**308 is about the largest float64, and int() itself refuses 4301 digits
        raise MalformedError(f"the number {text[:40]}… is beyond the range of a 64-bit float")
    number = int(text)
    return number if -(2**63) <= number < 2**64 else float(number)


def _constant(text: str) -> object:
    raise MalformedError(f"{text} is no JSON value; send a finite number or null")


# One decoder for good: json.loads makes a new one at each call that names a hook.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant)
