"""Aliases: moved whole or not at all, whoever else moves them, and rolled back step by step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from backprop.errors import ConflictError, NotFoundError, PreconditionError
from backprop.store import alias_moves, aliases, models
from backprop.store.alias_moves import Place
from backprop.store.conditions import Condition
from backprop.store.database import Database
from tests.backprop.store.situations import OWNER
from tests.backprop.store.versions import add

CHAMPION = Place(OWNER, "iris", "champion")
ABSENT = Condition(none_match=frozenset({"*"}))


def at(*tags: str) -> Condition:
    return Condition(match=frozenset(tags))


def told(database: Database, place: Place = CHAMPION) -> list[tuple[str, int | None, int | None]]:
    """The kind, start and end of every move, the first one first."""
    return [
        (move.kind, move.from_version, move.to_version)
        for move in reversed(alias_moves.page(database, place, limit=50).items)
    ]


def identified(database: Database, version: int) -> str:
    return models.show(database, OWNER, f"iris@{version}").id


@pytest.fixture
def iris(database: Database) -> Database:
    """A database with three versions of iris."""
    for _ in range(3):
        add(database)
    return database


def test_an_alias_names_the_version_that_it_points_at(iris: Database) -> None:
    made = aliases.move(iris, CHAMPION, 2)
    assert (made.version, made.model, made.moved_by) == (2, identified(iris, 2), OWNER)
    assert models.show(iris, OWNER, "iris@champion").id == identified(iris, 2)
    aliases.move(iris, CHAMPION, 3)
    shown = models.show(iris, OWNER, "iris@champion")
    assert (shown.version, shown.aliases) == (3, ["champion"])
    assert models.show(iris, OWNER, "iris@2").aliases == []


def test_an_alias_belongs_to_one_owner_and_one_name(iris: Database) -> None:
    add(iris, "wine")
    aliases.move(iris, CHAMPION, 1)
    for owner, ref in ((OWNER, "wine@champion"), ("someone", "iris@champion"), (OWNER, "iris@champ")):
        with pytest.raises(NotFoundError):
            models.show(iris, owner, ref)


def test_a_move_to_where_it_points_changes_nothing(iris: Database) -> None:
    first = aliases.move(iris, CHAMPION, 1)
    assert aliases.move(iris, CHAMPION, 1) == first
    assert told(iris) == [("set", None, 1)]


@pytest.mark.parametrize("version", [0, 4, 2**31 - 1])
def test_a_version_that_is_not_there_is_no_goal(iris: Database, version: int) -> None:
    with pytest.raises(NotFoundError):
        aliases.move(iris, CHAMPION, version)
    assert aliases.of_name(iris, OWNER, "iris") == []


def test_a_move_under_a_condition_is_made_only_where_that_holds(iris: Database) -> None:
    first = aliases.move(iris, CHAMPION, 1, ABSENT)
    with pytest.raises(PreconditionError):
        aliases.move(iris, CHAMPION, 2, ABSENT)
    second = aliases.move(iris, CHAMPION, 2, at(first.tag))
    with pytest.raises(PreconditionError):
        aliases.move(iris, CHAMPION, 3, at(first.tag))
    assert aliases.move(iris, CHAMPION, 3, at("*")).version == 3
    for change in (aliases.rollback, aliases.delete):
        with pytest.raises(PreconditionError):
            change(iris, CHAMPION, at(second.tag))
    assert aliases.show(iris, CHAMPION).version == 3


def test_no_condition_on_an_alias_that_is_not_there_holds_but_its_absence(iris: Database) -> None:
    with pytest.raises(PreconditionError):
        aliases.move(iris, CHAMPION, 1, at("*"))
    for change in (aliases.rollback, aliases.delete):
        with pytest.raises(NotFoundError):
            change(iris, CHAMPION)


def test_rollbacks_lead_back_step_by_step_until_nothing_is_left(iris: Database) -> None:
    for version in (1, 2, 3):
        aliases.move(iris, CHAMPION, version)
    assert [aliases.rollback(iris, CHAMPION).version for _ in range(2)] == [2, 1]
    with pytest.raises(ConflictError, match="no version before"):
        aliases.rollback(iris, CHAMPION)
    assert told(iris)[3:] == [("rolled_back", 3, 2), ("rolled_back", 2, 1)]


def test_a_rollback_after_a_new_move_leads_to_before_that_move(iris: Database) -> None:
    for version in (1, 2):
        aliases.move(iris, CHAMPION, version)
    aliases.rollback(iris, CHAMPION)
    aliases.move(iris, CHAMPION, 3)
    assert aliases.rollback(iris, CHAMPION).version == 1


def test_there_is_no_way_back_to_a_version_that_was_deleted(iris: Database) -> None:
    for version in (1, 2):
        aliases.move(iris, CHAMPION, version)
    models.delete(iris, OWNER, "iris@1")
    with pytest.raises(ConflictError, match=r"iris@1, .* has been deleted"):
        aliases.rollback(iris, CHAMPION)
    assert aliases.show(iris, CHAMPION).version == 2


def test_a_model_that_an_alias_points_at_is_not_deleted(iris: Database) -> None:
    aliases.move(iris, CHAMPION, 3)
    for ref in ("iris", "iris@3", "iris@champion", identified(iris, 3)):
        with pytest.raises(ConflictError, match="alias champion points at iris@3"):
            models.delete(iris, OWNER, ref)
    aliases.delete(iris, CHAMPION)
    models.delete(iris, OWNER, "iris@3")


def test_a_deleted_alias_keeps_its_history_and_its_tags_never_come_back(iris: Database) -> None:
    tags = [aliases.move(iris, CHAMPION, 1).tag]
    aliases.delete(iris, CHAMPION)
    with pytest.raises(NotFoundError):
        aliases.show(iris, CHAMPION)
    assert told(iris) == [("set", None, 1), ("deleted", 1, None)]
    tags.append(aliases.move(iris, CHAMPION, 1).tag)
    assert len(set(tags)) == 2
    with pytest.raises(ConflictError):
        aliases.rollback(iris, CHAMPION)


def test_a_history_comes_page_by_page(iris: Database) -> None:
    for version in (1, 2, 3, 1, 2):
        aliases.move(iris, CHAMPION, version)
    first = alias_moves.page(iris, CHAMPION, limit=3)
    rest = alias_moves.page(iris, CHAMPION, limit=3, before=int(first.next or 0))
    assert [move.number for move in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
    assert rest.next is None
    with pytest.raises(NotFoundError):
        alias_moves.page(iris, Place(OWNER, "iris", "nobody"), limit=3)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Have so many threads act at the same moment; return what each returned, or raised."""
    start = Barrier(count)

    def one(number: int) -> object:
        start.wait()
        try:
            return act(number)
        except (NotFoundError, PreconditionError, ConflictError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return [*pool.map(one, range(count))]


def test_of_moves_at_once_under_one_condition_one_is_made(iris: Database) -> None:
    for _ in range(5):
        here = at(aliases.move(iris, CHAMPION, 1).tag)
        done = at_once(4, partial(lambda here, number: aliases.move(iris, CHAMPION, 2 + number % 2, here), here))
        assert sum(not isinstance(result, PreconditionError) for result in done) == 1
    assert len(told(iris)) == 10


def test_of_aliases_made_at_once_one_is_made(iris: Database) -> None:
    for place in (Place(OWNER, "iris", alias) for alias in "abcde"):
        done = at_once(4, partial(lambda place, number: aliases.move(iris, place, 1 + number % 3, ABSENT), place))
        assert sum(not isinstance(result, PreconditionError) for result in done) == 1


def test_moves_at_once_are_all_kept_each_from_where_the_one_before_led(iris: Database) -> None:
    at_once(4, lambda number: [aliases.move(iris, CHAMPION, 1 + (number + step) % 3) for step in range(8)])
    moves = alias_moves.page(iris, CHAMPION, limit=50).items[::-1]
    assert [move.number for move in moves] == [*range(1, len(moves) + 1)]
    assert [move.from_version for move in moves] == [None, *(move.to_version for move in moves[:-1])]
    assert aliases.show(iris, CHAMPION).version == moves[-1].to_version


def delete_or_move(database: Database, version: int, number: int) -> object:
    if number == 0:
        return models.delete(database, OWNER, f"iris@{version}")  # type: ignore[func-returns-value]
    return aliases.move(database, CHAMPION, version)


def test_a_version_is_either_deleted_or_pointed_at(database: Database) -> None:
    for version in range(1, 11):
        add(database)
        deleted, moved = at_once(2, partial(delete_or_move, database, version))
        assert isinstance(deleted, ConflictError) != isinstance(moved, NotFoundError)
