"""Errors by code, as people read them: on a page, in docs/errors.md, and beside each status in openapi.json."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from backprop.codes import FAILURES, PROBLEMS, REFUSALS, Meaning, Refusal, RefusalCode

EXPLAINED = "/docs/errors"
INTRODUCTION = (
    "A refused request is answered in `application/problem+json` (RFC 9457). Its `code` is stable and meant for "
    "programs, its `detail` says to people what is wrong here and now, its `type` leads to the code's line on this "
    "page, and its `request_id` finds the request in the service's log. Where a request is `invalid`, `errors` names "
    "every single problem by its place, a JSON pointer such as `#/training/epochs`, with a code of its own."
)


@dataclass(frozen=True)
class Chapter:
    """The codes that come in one place: where that is, and their meanings."""

    title: str
    meanings: Mapping[Any, Meaning]


CHAPTERS: Sequence[Chapter] = (
    Chapter("Refused requests: `code`", REFUSALS),
    Chapter("Each thing wrong with a request: `errors[].code`", PROBLEMS),
    Chapter("Failed jobs: `error.code`", FAILURES),
)


def markdown() -> str:
    """Return docs/errors.md."""
    chapters = (f"## {chapter.title}\n\n{table(chapter.meanings)}\n" for chapter in CHAPTERS)
    return "\n".join(["# Errors by code", "", textwrap.fill(INTRODUCTION, 120), "", *chapters])


def table(meanings: Mapping[Any, Meaning]) -> str:
    """Return codes with their meanings and remedies as a table in Markdown, with statuses where they have some."""
    rows = [
        [f"`{code}`", *([str(found.status)] if isinstance(found, Refusal) else []), found.meaning, found.remedy]
        for code, found in meanings.items()
    ]
    head = ["code", *(["status"] if len(rows[0]) == 4 else []), "what it means", "what to do"]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def described(status: HTTPStatus | None) -> dict[str, Any]:
    """Return the description and the examples of the answers with which a request is refused; None: with any status."""
    found = {code: refusal for code, refusal in REFUSALS.items() if status in {refusal.status, None}}
    lines = (f"* `{code}`: {refusal.meaning} {refusal.remedy}" for code, refusal in found.items())
    if status is None or not found:
        return {"description": f"Refused, or failed: [errors by code]({EXPLAINED})", "examples": _examples(REFUSALS)}
    return {"description": "\n".join([status.phrase, "", *lines]), "examples": _examples(found)}


def _examples(refusals: Mapping[RefusalCode, Refusal]) -> dict[str, Any]:
    return {code: {"summary": code, "value": _example(code, refusal)} for code, refusal in refusals.items()}


def _example(code: RefusalCode, refusal: Refusal) -> dict[str, Any]:
    detail, errors = refusal.meaning, []
    if code == "invalid":
        wrong = {"pointer": "#/training/epochs", "code": "out_of_range"}
        detail = "takes a whole number at least 1 and at most 10,000,000, not 0"
        errors = [{**wrong, "detail": detail}]
        detail = f"#/training/epochs: {detail}"
    return {
        "type": f"{EXPLAINED}#{code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": code,
        "detail": detail,
        "request_id": "3f1c5a0b9d8e4c7fa2b16e5d4c3b2a10",
        "errors": errors,
    }
