"""Aliases: names such as `champion` that point at one version of a model."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx2

from backprop.client.documents import Alias, AliasMove
from backprop.client.pages import pages
from backprop.client.transport import Transport, document, written


class Aliases:
    """What aliases are asked for; each is named by its model's name and its own."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, name: str, alias: str) -> Alias:
        """Return an alias. Raises NotFoundError."""
        return self._ask("GET", _path(name, alias))

    def list(self, name: str) -> Sequence[Alias]:
        """Return the aliases of a model's name; their `etag` is None, and `get` has it."""
        return tuple(map(Alias.of, self._transport.get(_path(name))["data"]))

    def set(self, name: str, alias: str, version: int, *, if_match: str | None = None, if_new: bool = False) -> Alias:
        """Point an alias at a version, and make it where there is none; with `if_new` only there.

        With the `etag` of the alias as it was seen as `if_match` it is moved only where nobody has moved it since.
        Raises NotFoundError where there is no such version, and PreconditionFailedError.
        """
        headers = _matching(if_match) | ({"If-None-Match": "*"} if if_new else {})
        return self._ask("PUT", _path(name, alias), {"version": version}, headers)

    def rollback(self, name: str, alias: str, *, if_match: str | None = None) -> Alias:
        """Point an alias at the version that it pointed at before.

        It never goes back by more than one step. Raises NotFoundError, ConflictError where there is no earlier version,
        and PreconditionFailedError where it was moved meanwhile, by this very request where its answer was lost.
        """
        seen = if_match or self.get(name, alias).etag
        return self._ask("POST", f"{_path(name, alias)}/rollback", None, _matching(seen))

    def delete(self, name: str, alias: str) -> None:
        """Delete an alias; its version stays. Raises NotFoundError."""
        self._transport.delete(_path(name, alias))

    def history(self, name: str, alias: str, *, limit: int | None = None) -> Iterator[AliasMove]:
        """Yield the moves of an alias, the newest first, also those of one that was deleted. Raises NotFoundError."""
        return pages(self._transport, f"{_path(name, alias)}/history", AliasMove.of, limit)

    def _ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Alias:
        answer = self._transport.send(self._request(method, path, body, headers or {}))
        return Alias.of(document(answer) | {"etag": answer.headers.get("ETag")})

    def _request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx2.Request:
        content = None if body is None else written(body)
        named = {"Content-Type": "application/json", **headers}
        return self._transport.http.build_request(method, path, content=content, headers=named)


def _matching(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _path(name: str, alias: str | None = None) -> str:
    root = f"/v1/models/{quote(name, safe='')}/aliases"
    return root if alias is None else f"{root}/{quote(alias, safe='')}"
