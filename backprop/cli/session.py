"""The session: which service a command speaks to, and where it writes."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console

from backprop.client import Client, Retries
from backprop.local.readiness import address

WIDE = 200  # columns where nobody looks: what another program reads is not to be cut
IMPATIENT = Retries(attempts=4)  # somebody sits and waits to be told that nothing answers

Command = Callable[..., int | None]


@dataclass(frozen=True)
class Session:
    """A service's address and key, and the console that commands write to."""

    url: str
    api_key: str | None
    console: Console

    def client(self) -> Client:
        """Return a client that gives up in less than a second where nobody answers."""
        return Client(self.url, api_key=self.api_key, retries=IMPATIENT)

    def patient_client(self) -> Client:
        """Return a client that bridges a restart of the service."""
        return Client(self.url, api_key=self.api_key)


def session_from(environ: Mapping[str, str]) -> Session:
    """Return the session that BACKPROP_URL and BACKPROP_API_KEY describe; by default that of `make run`'s service.

    Raises click.UsageError.
    """
    port = environ.get("BACKPROP_PORT") or "8000"
    if not port.isdecimal():
        raise click.UsageError(f"BACKPROP_PORT is {port!r}; it takes a number")
    url = environ.get("BACKPROP_URL") or address(environ.get("BACKPROP_HOST") or "127.0.0.1", int(port))
    return Session(url, environ.get("BACKPROP_API_KEY") or None, console())


def console() -> Console:
    """Return the console on this process's output."""
    is_seen = sys.stdout.isatty()
    return Console(width=None if is_seen else WIDE, highlight=False, soft_wrap=not is_seen)


def write_json(document: Any) -> None:
    """Write a document for programs."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


as_json = click.option("--json", "is_json", is_flag=True, help="Write the JSON that the service answers.")
