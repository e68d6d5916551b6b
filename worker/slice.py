"""A slice: one stretch of work on a claimed job, from its checkpoint to its end, or to where it must be given back."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

from backprop.nn import Epoch
from backprop.store.database import DatabaseDownError
from backprop.store.jobs import claims
from backprop.store.jobs.claims import Progress
from worker.course import Course
from worker.lease import Lease
from worker.measurement import Measurement
from worker.recorder import Recorder
from worker.workplace import Workplace

SECONDS_BETWEEN_CHECKPOINTS = 5.0
SHARE_FOR_CHECKPOINTS = 0.05  # of the time, at most


@dataclass(frozen=True)
class Mark:
    """A moment, and the rows that training had seen by then."""

    at: float
    rows: int


class Slice:
    """The work on one job under one lease: train, report every second, save now and then, and look who else waits."""

    def __init__(self, place: Workplace, lease: Lease) -> None:
        self._place = place
        self._lease = lease
        self._course = Course(place.db, lease.held, lease.keep, place.shelf)
        self._recorder = Recorder(lambda: self._measurement.columns)
        self._began = place.clock()
        self._mark = Mark(self._began, self._course.samples_seen)
        self._turn_ends = self._began + place.slice_seconds
        self._save_at = self._began + SECONDS_BETWEEN_CHECKPOINTS
        self._samples_per_second: float | None = None

    def work(self) -> None:
        """Train until the job ends or must be let go. Raises LeaseLostError."""
        deadline = self._deadline()
        for epoch in self._course.steps():
            now = self._place.clock()
            if epoch is not None:
                self._record(epoch, now)
            if now >= deadline:
                self._course.run.training.stop("max_seconds")
                break
            if now >= self._lease.due_at and self._must_go(now):
                self._lease.insist(lambda: claims.give_back(self._place.db, self._lease.held, self._saved()))
                return
        self._finish()

    @cached_property
    def _measurement(self) -> Measurement:
        return Measurement(self._course.run, self._place.clock, self._lease.keep)

    def _deadline(self) -> float:
        limit = self._course.spec.training.stop.max_seconds
        return math.inf if limit is None else self._began + limit - self._lease.held.seconds

    def _seconds(self, now: float) -> float:
        return self._lease.held.seconds + now - self._began

    def _record(self, epoch: Epoch, now: float) -> None:
        self._recorder.add(epoch, self._seconds(now), self._measurement.of(epoch.epoch))

    def _must_go(self, now: float) -> bool:
        """Report, and return whether the job must be let go: asked to, closing, or another one's turn."""
        try:
            requested = self._report(now)
            if requested is not None or self._place.is_closing():
                return True
            if now < self._turn_ends:
                return False
            self._turn_ends = now + self._place.slice_seconds
            return claims.are_waiting(self._place.db, 1)
        except DatabaseDownError as outage:
            self._lease.bear(outage)
            return self._place.is_closing()

    def _report(self, now: float) -> str | None:
        saving = now >= self._save_at
        requested = self._lease.beat(self._saved() if saving else self._progress())
        self._recorder.clear()
        if saving:
            done = self._place.clock()
            wait = max(SECONDS_BETWEEN_CHECKPOINTS, (done - now) / SHARE_FOR_CHECKPOINTS)
            self._save_at = done + wait
        return requested

    def _progress(self) -> Progress:
        now = self._place.clock()
        if now > self._mark.at and self._course.samples_seen > self._mark.rows:
            self._samples_per_second = (self._course.samples_seen - self._mark.rows) / (now - self._mark.at)
            self._mark = Mark(now, self._course.samples_seen)
        cursor = self._course.cursor(self._seconds(now), self._samples_per_second)
        return Progress(cursor, self._recorder.metrics())

    def _saved(self) -> Progress:
        return replace(self._progress(), checkpoint=self._course.checkpoint())

    def _finish(self) -> None:
        progress = self._progress()
        ended = self._course.outcome()
        self._lease.insist(lambda: claims.finish(self._place.db, self._lease.held, ended, progress))
