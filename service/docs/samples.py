"""Samples: requests as they are pasted into a shell, with curl, against this very service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from service.docs.bodies import Body

IDS: Mapping[str, str] = {"jobs": "job", "datasets": "ds", "predictions": "pred"}  # what an id begins with
VARIABLES: Mapping[str, str] = {"jobs": "job_id", "datasets": "dataset_id", "predictions": "prediction_id"}
WAIT: Mapping[str, str] = {"Prefer": "wait=10"}
WIDTH = 90


@dataclass(frozen=True)
class Request:
    """A request; `options` are curl's own."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    options: str = ""


@dataclass(frozen=True)
class Shell:
    """How the service is reached from a shell: under its address, with a key where it asks for one."""

    address: str
    has_key: bool

    def curl(self, request: Request) -> str:
        """Return the command that sends a request."""
        options = request.options + ("" if request.method == "GET" else f" -X {request.method}")
        parts = [f"curl{' ' if options else ''}{options.strip()} {_quoted(self.address + request.path)}"]
        parts += [f"-H '{name}: {text}'" for name, text in request.headers.items()]
        if self.has_key:
            parts.append('-H "Authorization: Bearer $BACKPROP_API_KEY"')
        if request.body is not None:
            parts += [f"-H 'Content-Type: {request.body.kind}'", _data(request.body.value)]
        return " \\\n  ".join(parts)


Before = Callable[[Shell], str]


@dataclass(frozen=True)
class Sample:
    """What a request holds beside its operation's method, path and first body.

    `before` is what must be done first, `names` what takes the place of the path's parameters.
    """

    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    options: str = ""
    before: Before | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def found(kind: str, query: str) -> Before:
    """Return how `$job_id`, or another kind's, becomes the id of the newest one that a query finds."""
    return lambda shell: _its_id(shell, kind, Request("GET", f"/v1/{kind}?{query}&limit=1", options="-s"))


def made(kind: str, body: Body, query: str = "", headers: Mapping[str, str] = MappingProxyType({})) -> Before:
    """Return how `$job_id`, or another kind's, becomes the id of one that is made for it."""
    return lambda shell: _its_id(shell, kind, Request("POST", f"/v1/{kind}{query}", headers, body, options="-s"))


def repeated(head: str, row: str, count: int) -> Before:
    """Return how `$dataset_id` becomes the id of a CSV file that has one row many times over."""
    upload = Request("POST", "/v1/datasets", {"Content-Type": "text/csv"}, options="-s --data-binary @-")
    lines = f"{{ echo '{head}'; yes '{row}' | head -n {count}; }}"
    return lambda shell: _its_id(shell, "datasets", upload, f"{lines} |\n  ")


def trained(job: Body) -> Before:
    """Return how a job is submitted and waited for, its answer thrown away."""
    return lambda shell: shell.curl(Request("POST", "/v1/jobs", WAIT, job, options="-s -o /dev/null"))


def pointed(name: str, alias: str, version: int) -> Before:
    """Return how an alias is pointed at a version, the answer thrown away."""
    body = Body("", {"version": version})
    path = f"/v1/models/{name}/aliases/{alias}"
    return lambda shell: shell.curl(Request("PUT", path, body=body, options="-s -o /dev/null"))


def in_turn(*steps: Before) -> Before:
    """Return how one thing is done after another."""
    return lambda shell: "\n".join(step(shell) for step in steps)


def written(body: Any, indent: str = "") -> str:
    """Return a body as JSON that a person reads: on one line where it is short, else with a line for each key."""
    line = json.dumps(body, ensure_ascii=False)
    if len(line) <= WIDTH or not isinstance(body, dict):
        return line
    deeper = indent + "  "
    lines = (f"{deeper}{json.dumps(key)}: {written(value, deeper)}" for key, value in body.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _its_id(shell: Shell, kind: str, request: Request, piped: str = "") -> str:
    return f"{VARIABLES[kind]}=$({piped}{shell.curl(request)} | grep -o '{IDS[kind]}_[0-9a-f]*' | head -1)"


def _data(value: Any) -> str:
    """Return the option that sends a body; line ends count in a text, and not in JSON."""
    return f"--data-binary '{value}'" if isinstance(value, str) else f"-d '{written(value)}'"


def _quoted(url: str) -> str:
    """Return a URL as a shell takes it; only double quotes let a variable through."""
    if "$" in url:
        return f'"{url}"'
    return f"'{url}'" if "?" in url else url
