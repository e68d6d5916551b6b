"""A job's life as the design has it: a model small enough to be seen to be right, for the store to be held against."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from backprop.store.jobs.claims import Progress
from backprop.store.jobs.endings import MAX_CRASHES, MAX_CRASHES_IN_A_ROW

TERMINAL = {"succeeded", "failed", "cancelled"}


class ForbiddenError(Exception):
    """The design's table has no such step."""


@dataclass(frozen=True)
class Saved:
    """A checkpoint: where training was, how long it had taken, and its bytes."""

    epoch: int
    batch: int
    seconds: float
    content: bytes | None


@dataclass
class Life:
    """One job: what the design says it is, after all that has happened to it."""

    id: str
    name: str
    priority: int
    queued_at: float | None = None  # by the database's clock; None until that has been looked at
    state: str = "queued"
    requested: str | None = None
    stop_reason: str | None = None
    token: int = 0
    is_expired: bool = False
    saved: Saved | None = None
    epoch: int = 0
    crashes: int = 0
    crashes_in_a_row: int = 0
    story: list[str] = field(default_factory=lambda: ["queued"])

    def holds(self, token: int) -> bool:
        """Whether a worker's claim is the one that counts."""
        return self.state == "running" and self.token == token

    def place(self) -> tuple[int, float, str]:
        """What a queued job is ordered by."""
        return self.priority, self.queued_at or 0.0, self.id

    def claim(self) -> None:
        assert self.state == "queued"
        self.state, self.is_expired = "running", False
        self.token += 1
        self.epoch = 0 if self.saved is None else self.saved.epoch
        self.story.append("started")

    def report(self, progress: Progress) -> None:
        at = progress.cursor
        self.epoch = at.epoch
        if progress.checkpoint is not None:
            before = (0, 0) if self.saved is None else (self.saved.epoch, self.saved.batch)
            if (at.epoch, at.batch) > before:
                self.crashes_in_a_row = 0
            self.saved = Saved(at.epoch, at.batch, at.seconds, progress.checkpoint)

    def release(self) -> None:
        match self.requested:
            case "cancel":
                self.end("cancelled", "cancelled")
            case "pause":
                self._become("paused")
            case _:
                self._become("queued")

    def crash(self) -> None:
        self.crashes += 1
        self.crashes_in_a_row += 1
        self.story.append("crashed")
        is_hopeless = self.crashes_in_a_row >= MAX_CRASHES_IN_A_ROW or self.crashes >= MAX_CRASHES
        if is_hopeless and self.requested is None:
            self.end("failed")
        else:
            self.release()

    def end(self, state: str, stop_reason: str | None = None) -> None:
        self.stop_reason, self.saved = stop_reason, None
        self._become(state)

    def cancel(self) -> bool:
        if self.state == "cancelled" or (self.state, self.requested) == ("running", "cancel"):
            return False
        self._forbid(self.state in TERMINAL)
        if self.state == "running":
            return self._ask("cancel", "cancel_requested")
        self.end("cancelled", "cancelled")
        return True

    def pause(self) -> bool:
        if self.state == "paused" or (self.state, self.requested) == ("running", "pause"):
            return False
        self._forbid(self.state in TERMINAL or self.requested == "cancel")
        if self.state == "running":
            return self._ask("pause", "pause_requested")
        self._become("paused")
        return True

    def resume(self) -> bool:
        if self.state == "queued" or (self.state, self.requested) == ("running", None):
            return False
        self._forbid(self.state in TERMINAL or self.requested == "cancel")
        if self.state == "running":
            return self._ask(None, "pause_withdrawn")
        self._become("queued")
        return True

    def delete(self) -> None:
        self._forbid(self.state not in TERMINAL)

    def _ask(self, requested: str | None, event: str) -> bool:
        self.requested = requested
        self.story.append(event)
        return True

    def _become(self, state: str) -> None:
        self.state, self.requested, self.queued_at = state, None, None
        self.story.append(state)

    @staticmethod
    def _forbid(is_forbidden: bool) -> None:
        if is_forbidden:
            raise ForbiddenError


def queue_of(lives: Iterable[Life]) -> list[Life]:
    """Return the queued jobs in the order in which they are claimed."""
    return sorted((life for life in lives if life.state == "queued"), key=Life.place)
