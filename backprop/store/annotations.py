"""Annotations: what people say of a model, tags and a note; the model itself never changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backprop.errors import InvalidError, Problem
from backprop.store import models, refs
from backprop.store.database import Database
from backprop.store.models import ModelView

MOST_TAGS = 16


@dataclass(frozen=True)
class Annotation:
    """What is to be said: tags to set, or to remove where they are None; `note`, or None for none, where `has_note`."""

    tags: Mapping[str, str | None] = field(default_factory=dict)
    note: str | None = None
    has_note: bool = False


def annotate(db: Database, owner: str, ref: str, said: Annotation) -> ModelView:
    """Say something of a model, leaving all else that was said, and return it.

    Raises NotFoundError, and InvalidError where the model would have more tags than it may.
    """
    with db.writing() as session:
        row = refs.find(session, owner, ref, locked=True)
        tags = {key: text for key, text in {**row.tags, **said.tags}.items() if text is not None}
        if len(tags) > MOST_TAGS:
            detail = f"a model has at most {MOST_TAGS} tags, and this would make {len(tags)}; remove some, by null"
            raise InvalidError([Problem("#/tags", "wrong_length", detail)])
        row.tags = tags
        if said.has_note:
            row.note = said.note
        session.flush()
        return models.view(session, row)
