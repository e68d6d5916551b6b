"""A prediction for a whole dataset as it came, with its model and data at hand, checked and ready to be stored."""

from dataclasses import asdict
from typing import Any

from backprop.errors import InvalidError, NotFoundError, Problem
from backprop.scoring import ScoringSpec, check
from backprop.store.jobs.submissions import Submission
from service.parts import OWNER, Parts
from service.predicting.predictors import LoadedModel
from service.scoring_forms import Asked
from service.submitting.submission import table_of_data


def prediction_of(asked: Asked, key: str | None, parts: Parts) -> Submission:
    """Return what the store is asked to keep. Raises InvalidError where model and data do not go together."""
    model = _model(asked.model, parts)
    table = table_of_data(asked.data, parts)
    include = table.names if asked.include is None else asked.include
    spec = ScoringSpec(model.view.id, asked.data, asked.returns, include, asked.on_error)
    check(model.encoding, table, spec)
    return Submission(
        spec=spec.to_json(),
        epochs=table.rows,
        name=model.view.name,
        priority=asked.priority,
        metadata=dict(asked.metadata),
        idempotency_key=key,
        asked=_asked(asked),
        kind="prediction",
        model_id=model.view.id,
    )


def _model(ref: str, parts: Parts) -> LoadedModel:
    try:
        return parts.predictors.find(OWNER, ref)
    except NotFoundError as error:
        raise InvalidError([Problem("#/model", "unknown_model", f"there is no model {ref!r}")]) from error


def _asked(asked: Asked) -> dict[str, Any]:
    return {"prediction": asdict(asked)}
