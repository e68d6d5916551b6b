"""A prediction's slice: its rows scored part by part, each part stored as it is done, to the end or until let go."""

from functools import partial

from backprop.data import Encoding
from backprop.nn import Predictor
from backprop.scoring import Scorer, ScoringSpec
from backprop.store import models
from backprop.store.database import Database, DatabaseDownError
from backprop.store.jobs import claims, results
from backprop.store.jobs.claims import Claim, Cursor, Outcome, Progress
from backprop.store.jobs.results import NewPart
from backprop.trained import flat_parameters
from worker.lease import Lease
from worker.training_run import table_of_data
from worker.workplace import Workplace


class ScoringSlice:
    """The work on one prediction under one lease. What is stored goes on from row to row: nothing is done twice."""

    def __init__(self, place: Workplace, lease: Lease) -> None:
        self._place, self._lease = place, lease
        self._scorer = scorer_of(place.db, lease.held)
        self._row, self._rejected = lease.held.rows, results.rejected(place.db, lease.held.job_id)
        self._began = place.clock()
        self._turn_ends = self._began + place.slice_seconds

    def work(self) -> None:
        """Score until the prediction ends or must be let go. Raises LeaseLostError, and InvalidError for a bad row."""
        while True:
            part = self._scorer.part(self._row)
            self._scorer.table.let_go()
            self._row += part.rows
            self._rejected += part.rejected
            progress = self._progress(part)
            if self._row >= self._scorer.table.rows:
                self._finish(progress)
                return
            requested = self._lease.insist(partial(self._lease.beat, progress))
            if requested is not None or self._place.is_closing() or self._is_anothers_turn():
                self._lease.insist(lambda: claims.give_back(self._place.db, self._lease.held))
                return

    def _progress(self, part: NewPart) -> Progress:
        seconds = self._place.clock() - self._began
        rate = (self._row - self._lease.held.rows) / seconds if seconds > 0 else None
        return Progress(Cursor(self._row, 0, self._lease.held.seconds + seconds, rate), part=part)

    def _is_anothers_turn(self) -> bool:
        now = self._place.clock()
        if now < self._turn_ends:
            return False
        self._turn_ends = now + self._place.slice_seconds
        try:
            return claims.are_waiting(self._place.db, 1)
        except DatabaseDownError as outage:
            self._lease.bear(outage)
            return False

    def _finish(self, progress: Progress) -> None:
        ended = Outcome("succeeded", results={"rows": self._row, "rejected": self._rejected})
        self._lease.insist(lambda: claims.finish(self._place.db, self._lease.held, ended, progress))


def scorer_of(db: Database, held: Claim) -> Scorer:
    """Return what scores the rows of a claimed prediction."""
    spec = ScoringSpec.from_json(held.spec)
    view = models.show(db, held.owner, spec.model)
    network, flat = flat_parameters(db, held.owner, view)
    table = table_of_data(db, held.owner, spec.data)
    return Scorer(Encoding.from_json(view.encoding), Predictor(network, flat), table, spec)
