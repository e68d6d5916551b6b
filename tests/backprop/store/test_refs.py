"""Refs: what names a model, and what names none."""

import pytest

from backprop.errors import NotFoundError
from backprop.store import aliases, models, refs
from backprop.store.alias_moves import Place
from backprop.store.database import Database
from tests.backprop.store.situations import OWNER
from tests.backprop.store.versions import add


def test_every_way_to_name_a_model_leads_to_it(database: Database) -> None:
    first, second = add(database), add(database)
    aliases.move(database, Place(OWNER, "iris", "champion"), 1)
    for ref, model_id in {
        first: first,
        second: second,
        "iris": second,
        "iris@1": first,
        "iris@002": second,
        "iris@champion": first,
    }.items():
        assert refs.identify(database, OWNER, ref) == models.show(database, OWNER, ref).id == model_id


@pytest.mark.parametrize(
    "ref",
    ["", "@", "iris@", "@1", "iris@0", "iris@2", "iris@1@1", "iris@99999999999", "iris@²", "mdl_", "a\0b", "Iris"],
)
def test_whatever_else_is_said_names_none(database: Database, ref: str) -> None:
    add(database)
    for look in (refs.identify, models.show, models.delete):
        with pytest.raises(NotFoundError):
            look(database, OWNER, ref)


def test_nobody_finds_what_is_another_ones(database: Database) -> None:
    model_id = add(database)
    aliases.move(database, Place(OWNER, "iris", "champion"), 1)
    for ref in (model_id, "iris", "iris@1", "iris@champion"):
        with pytest.raises(NotFoundError):
            refs.identify(database, "someone", ref)
