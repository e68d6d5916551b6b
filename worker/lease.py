"""A held lease: renewed as training gets on, and watched by a timer that ends a process which does not."""

import logging
import signal
import time
from collections.abc import Callable
from typing import TypeVar

from backprop.errors import LeaseLostError
from backprop.store.database import DatabaseDownError
from backprop.store.jobs import claims
from backprop.store.jobs.claims import Claim, Progress
from worker.workplace import Workplace

Written = TypeVar("Written")

log = logging.getLogger(__name__)


class Lease:
    """The right to work on one job, from its claim until `end`.

    `due_at` is when to beat next. Only progress renews it: a process that hangs for a whole lease is ended by its own
    timer (SIGALRM, whose default is to kill), since by then the job is another's.
    """

    due_at: float

    def __init__(self, place: Workplace, held: Claim) -> None:
        self.held = held
        self._place = place
        self._renewed()

    def beat(self, progress: Progress | None = None) -> str | None:
        """Renew, store what there is to report, and return what the user has asked for: "pause", "cancel" or None.

        Raises LeaseLostError; DatabaseDownError leaves the lease as it was, for `is_lost` to say how long.
        """
        requested = claims.beat(self._place.db, self.held, progress)
        self._renewed()
        return requested

    def keep(self) -> None:
        """Renew if it is time to beat; the beat, with what there is to report, stays due. Raises LeaseLostError."""
        due_at = self.due_at
        if self._place.clock() < due_at:
            return
        try:
            self.beat()
        except DatabaseDownError as outage:
            self.bear(outage)
        else:
            self.due_at = due_at

    def insist(self, write: Callable[[], Written]) -> Written:
        """Return what `write` does, tried again while the database is away. Raises LeaseLostError."""
        while True:
            try:
                return write()
            except DatabaseDownError as outage:
                self.bear(outage)
                time.sleep(self._place.seconds_between_beats)

    def bear(self, outage: DatabaseDownError) -> None:
        """Go on without the database for now. Raises LeaseLostError once it has been away for a whole lease."""
        now = self._place.clock()
        if now >= self._renewed_at + self.held.lease_seconds:
            raise LeaseLostError(self.held.job_id, self.held.token) from outage
        about = {"job_id": self.held.job_id, "claim": self.held.token}
        log.warning("going on without the database: %s", outage, extra=about)
        self.due_at = now + self._place.seconds_between_beats

    def end(self) -> None:
        """Stop the timer."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _renewed(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self.held.lease_seconds)
        self._renewed_at = self._place.clock()
        self.due_at = self._renewed_at + self._place.seconds_between_beats
