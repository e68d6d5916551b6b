"""Whatever is done to versions and aliases, in any order: an alias points where its moves led, and history says how."""

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backprop.errors import ConflictError, NotFoundError, PreconditionError
from backprop.store import alias_moves, aliases, models
from backprop.store.alias_moves import Place
from backprop.store.conditions import ANYHOW, Condition
from backprop.store.database import Database
from tests.backprop.store.jobs.test_state_machine import empty
from tests.backprop.store.situations import OWNER
from tests.backprop.store.versions import add

ALIAS = st.sampled_from(["a", "b"])
VERSION = st.integers(1, 5)


class Names(RuleBasedStateMachine):
    """Each alias is a stack of the versions that it may go back to, the last one being where it points."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        empty(database)
        self.db = database
        self.versions: set[int] = set()
        self.stacks: dict[str, list[int]] = {}
        self.ends: dict[str, list[int | None]] = {}  # of each move that was made
        self.seen: dict[str, str] = {}
        self.add()

    @rule()
    def add(self) -> None:
        model = models.show(self.db, OWNER, add(self.db))
        assert model.version not in self.versions
        self.versions.add(model.version)

    @rule(version=VERSION)
    def delete(self, version: int) -> None:
        is_pointed_at = version in {stack[-1] for stack in self.stacks.values()}
        try:
            models.delete(self.db, OWNER, f"iris@{version}")
        except NotFoundError:
            assert version not in self.versions
        except ConflictError:
            assert is_pointed_at
        else:
            assert not is_pointed_at
            self.versions.remove(version)

    @rule(alias=ALIAS, version=VERSION, is_careful=st.booleans())
    def move(self, alias: str, version: int, is_careful: bool) -> None:
        stack = self.stacks.get(alias, [])
        try:
            moved = aliases.move(self.db, self._place(alias), version, self._as_seen(alias) if is_careful else ANYHOW)
        except NotFoundError:
            assert version not in self.versions
        except PreconditionError:
            assert is_careful
            assert not stack or self._has_moved(alias)
        else:
            assert moved.version == version
            if stack[-1:] != [version]:
                self._led(alias, [*stack, version])

    @rule(alias=ALIAS)
    def rollback(self, alias: str) -> None:
        stack = self.stacks.get(alias, [])
        try:
            back = aliases.rollback(self.db, self._place(alias))
        except NotFoundError:
            assert not stack
        except ConflictError:
            assert len(stack) == 1 or stack[-2] not in self.versions
        else:
            assert back.version == stack[-2]
            self._led(alias, stack[:-1])

    @rule(alias=ALIAS)
    def remove(self, alias: str) -> None:
        try:
            aliases.delete(self.db, self._place(alias))
        except NotFoundError:
            assert alias not in self.stacks
        else:
            del self.stacks[alias]
            self.ends[alias].append(None)

    @rule(alias=ALIAS)
    def look(self, alias: str) -> None:
        if alias in self.stacks:
            self.seen[alias] = aliases.show(self.db, self._place(alias)).tag

    @invariant()
    def it_is_as_the_moves_led(self) -> None:
        found = {view.alias: view.version for view in aliases.of_name(self.db, OWNER, "iris")}
        assert found == {alias: stack[-1] for alias, stack in self.stacks.items()}
        for alias, ends in self.ends.items():
            moves = alias_moves.page(self.db, self._place(alias), limit=1000).items[::-1]
            assert [move.to_version for move in moves] == ends
            assert [move.from_version for move in moves] == [None, *ends[:-1]]

    def _led(self, alias: str, stack: list[int]) -> None:
        self.stacks[alias] = stack
        self.ends.setdefault(alias, []).append(stack[-1])

    def _as_seen(self, alias: str) -> Condition:
        return Condition(match=frozenset({self.seen.get(alias, "never")}))

    def _has_moved(self, alias: str) -> bool:
        return self.seen.get(alias) != str(len(self.ends[alias]))

    @staticmethod
    def _place(alias: str) -> Place:
        return Place(OWNER, "iris", alias)


def test_aliases_are_where_their_moves_led(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "backprop.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", tmp_path / "blobs")
    few = settings(max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: Names(database), settings=few)  # type: ignore[arg-type]
    database.close()
