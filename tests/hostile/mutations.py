"""Mutations: requests that were sound, until one to three things in them were changed, by JSON value and by byte."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.hostile.vocabulary import HEADERS, JOBS, METHODS, OF_MODELS, PREDICTIONS, QUERIES, REFS, TAILS, TEXTS, VALUES


@dataclass(frozen=True)
class Made:
    """A request: the sound one that it was made from, changed."""

    method: str
    path: str
    body: bytes | None = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def make(random: Random, ids: Sequence[str]) -> Made:
    """Return the next request; `ids` are jobs and models that there are."""
    kind = random.random()
    if kind < 0.55:
        return Made("POST", "/v1/jobs", changed_body(random, JOBS), headers=changed_headers(random))
    if kind < 0.8:
        ref = random.choice(["xor", "xor@1", "xor"])
        return Made(
            "POST", f"/v1/models/{ref}/predict", changed_body(random, PREDICTIONS), headers=changed_headers(random)
        )
    if kind < 0.84:
        method, path, sound = random.choice(OF_MODELS)
        return Made(method, path, changed_body(random, [sound]), headers=changed_headers(random))
    return Made(_method(random), _path(random, ids), None, _query(random), changed_headers(random))


def changed_body(random: Random, sound: Sequence[Any]) -> bytes:
    """Return one of the sound documents as JSON, changed at up to two places and, at times, in its bytes."""
    document = copy.deepcopy(random.choice(sound))
    for _ in range(random.randint(0, 2)):
        document = random.choice(CHANGES)(random, document)
    content = json.dumps(document).encode()
    return _bytes(random, content) if random.random() < 0.25 else content


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Return every place of a document: the object or list that holds it, and its key or index there."""
    if isinstance(document, dict):
        items = list(document.items())
    else:
        items = list(enumerate(document)) if isinstance(document, list) else []
    return [(document, key) for key, _ in items] + [place for _, value in items for place in _places(value)]


def _replace(random: Random, document: Any) -> Any:
    places = _places(document)
    if not places or random.random() < 0.03:
        return random.choice(VALUES)
    holder, key = random.choice(places)
    holder[key] = copy.deepcopy(random.choice(VALUES))
    return document


def _drop(random: Random, document: Any) -> Any:
    places = _places(document)
    if places:
        holder, key = random.choice(places)
        del holder[key]
    return document


def _move(random: Random, document: Any) -> Any:
    places = _places(document)
    if places:
        (holder, key), (other, source) = random.choice(places), random.choice(places)
        holder[key] = copy.deepcopy(other[source])
    return document


def _add(random: Random, document: Any) -> Any:
    places = _places(document)
    holder = random.choice(places)[0] if places else document
    value = copy.deepcopy(random.choice(VALUES))
    if isinstance(holder, dict):
        holder[random.choice(["a", "", "Name", "epoch", "$ref", "_schema", "data", "weights", "target"])] = value
    elif isinstance(holder, list):
        holder.insert(random.randint(0, len(holder)), value)
    return document


def _nudge(random: Random, document: Any) -> Any:
    numbers = [
        (holder, key)
        for holder, key in _places(document)
        if isinstance(holder[key], int | float) and abs(holder[key]) < 1e300
    ]
    if numbers:
        holder, key = random.choice(numbers)
        holder[key] = random.choice(
            [holder[key] * 10, -holder[key], holder[key] + 1, holder[key] * 0.3, str(holder[key])]
        )
    return document


CHANGES: Sequence[Callable[[Random, Any], Any]] = (_replace, _replace, _drop, _move, _add, _nudge)


def _bytes(random: Random, content: bytes) -> bytes:
    at, to = sorted(random.randint(0, len(content)) for _ in range(2))
    return random.choice(
        [
            content[:at],
            content[:at] + random.choice(TEXTS) + content[at:],
            content[:at] + random.choice(TEXTS) + content[to:],
            content[:at] + content[to:],
            content[:to] + content[at:],
            content[:at] + random.randbytes(random.randint(1, 4)) + content[at:],
            content.decode().encode(random.choice(["utf-16", "utf-32", "utf-8-sig"])),
        ]
    )


def changed_headers(random: Random) -> dict[str, str]:
    """Return the headers of a body of JSON, at times others beside or in their stead."""
    headers = {"Content-Type": "application/json"}
    if random.random() < 0.2:
        for name in random.sample(sorted(HEADERS), random.randint(1, 3)):
            headers[name] = random.choice(HEADERS[name])
    return headers


def _method(random: Random) -> str:
    return "GET" if random.random() < 0.7 else random.choice(METHODS)


def _path(random: Random, ids: Sequence[str]) -> str:
    ref, tail = random.choice([*ids, *REFS]), random.choice(TAILS)
    kind = random.choice(["jobs", "models"])
    return random.choice(
        [f"/v1/{kind}", f"/v1/{kind}/{ref}{tail}", f"/v1/{kind}/{ref}{tail}", f"/{ref}", f"/v1//{kind}"]
    )


def _query(random: Random) -> str:
    return "&".join(random.choice(QUERIES) for _ in range(random.choice([0, 0, 1, 1, 2])))
