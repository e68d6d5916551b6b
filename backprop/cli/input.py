"""Input: JSON from a file, from stdin, or from the command line itself."""

import json
import sys
from pathlib import Path
from typing import Any

import click


def json_from(source: str) -> Any:
    """Return the JSON in a file, or on stdin for `-`. Raises click.UsageError."""
    return _parsed(_read(source), "stdin" if source == "-" else source)


def instances_from(source: str) -> Any:
    """Return the instances that JSON text, a file or stdin holds; a single row or record counts as a list of one."""
    is_text = source.lstrip()[:1] in ("[", "{")
    found = _parsed(source, "this") if is_text else json_from(source)
    if isinstance(found, dict):
        found = found.get("instances", [found])
    is_row = isinstance(found, list) and found and not isinstance(found[0], list | dict)
    return [found] if is_row else found


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise click.UsageError(f"cannot read {source}: {reason}") from error


def _parsed(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{source} is not JSON: {error}") from error
