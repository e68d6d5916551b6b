"""Reproductions: what comes of training a model once more, held against the model itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backprop.environment import DECISIVE
from backprop.store.models import NewModel
from backprop.store.states import Verdict
from backprop.store.tables import Model

UNKNOWN = "not recorded"


@dataclass(frozen=True)
class Difference:
    """Something that the last bits depend on, as it was for the model and as it is now."""

    name: str
    model: str
    now: str


@dataclass(frozen=True)
class Reproduction:
    """Whether the same weights came out, and their digest; where they did not, what else is not the same.

    It differs where nothing else does; else the two cannot be compared.
    """

    verdict: Verdict
    sha256: str
    differences: Sequence[Difference]


def compared(session: Session, model_id: str, again: NewModel) -> Reproduction:
    """Return what a second training of a model, which this transaction holds, came to."""
    row = session.scalars(select(Model).where(Model.id == model_id)).one()
    if row.sha256 == again.sha256:
        return Reproduction("match", again.sha256, ())
    differences = [*_surroundings(row, again), *_unsteady(row.spec)]
    return Reproduction("not_comparable" if differences else "differs", again.sha256, differences)


def _surroundings(row: Model, again: NewModel) -> list[Difference]:
    recorded, now = row.environment or {}, again.environment or {}
    pairs = [(name, recorded.get(name, UNKNOWN), now.get(name, UNKNOWN)) for name in DECISIVE]
    pairs.append(("data", row.dataset_sha256 or UNKNOWN, again.dataset_sha256 or UNKNOWN))
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def _unsteady(spec: Mapping[str, Any]) -> list[Difference]:
    """Return what in the spec itself ends differently each time: a stop by the clock, and lbfgs where it was paused."""
    training = spec.get("training", {})
    found = []
    seconds = training.get("stop", {}).get("max_seconds")
    if seconds is not None:
        found.append(Difference("max_seconds", f"{seconds:g}", "stops by the clock, not after the same epoch"))
    if training.get("optimizer", {}).get("name") == "lbfgs":
        found.append(Difference("lbfgs", "resumed or not", "the same bits only where neither was interrupted"))
    return found
