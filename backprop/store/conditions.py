"""Conditions: what must hold of something at the moment when it is changed (RFC 9110, section 13.1)."""

from dataclasses import dataclass

from backprop.errors import PreconditionError

ANY = "*"


@dataclass(frozen=True)
class Condition:
    """`match`: tags one of which must be the present one; `none_match`: tags none of which may be; None: not asked.

    `*` stands for every tag, so `none_match` with it asks that there be nothing yet.
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    def check(self, tag: str | None) -> None:
        """Raise PreconditionError unless this holds of what has that tag now; None: there is nothing."""
        if self.match is not None and not _names(self.match, tag):
            raise PreconditionError(
                "it is not there" if tag is None else f'it has changed meanwhile, and is at "{tag}"'
            )
        if self.none_match is not None and _names(self.none_match, tag):
            raise PreconditionError(f'it is there already, at "{tag}"')


ANYHOW = Condition()


def _names(tags: frozenset[str], tag: str | None) -> bool:
    return tag is not None and (tag in tags or ANY in tags)
