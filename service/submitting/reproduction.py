"""A reproduction: a job that trains a stored model once more, from the spec and the data that it was made from."""

from backprop.admission import admit, estimate
from backprop.defaults import examine
from backprop.errors import ConflictError, InvalidError
from backprop.schemas import load_spec
from backprop.spec import JobSpec
from backprop.store import models
from backprop.store.jobs.submissions import Submission
from backprop.trained import start_of
from service.parts import OWNER, Parts
from service.submitting.submission import table_of_data


def reproduction_of(ref: str, key: str | None, parts: Parts) -> Submission:
    """Return the job that reproduces a model.

    Raises NotFoundError, ConflictError where what it was made from is gone, and InvalidError where such a job is larger
    than jobs may be by now.
    """
    model = models.show(parts.database, OWNER, ref)
    if model.job is None:
        raise ConflictError(
            "not_reproducible", f"{model.name}@{model.version} came in a file, and was not trained here"
        )
    spec = load_spec(model.spec)
    _admit(spec, parts)
    return Submission(
        spec=model.spec,
        epochs=spec.epochs,
        name=model.name,
        priority=spec.priority,
        metadata=dict(spec.metadata),
        reproduces=model.id,
        idempotency_key=key,
        asked={"reproduces": model.id},
    )


def _admit(spec: JobSpec, parts: Parts) -> None:
    try:
        table = table_of_data(spec.data, parts)
        ref = spec.network.start_from
        completed = examine(spec, table, None if ref is None else start_of(parts.database, OWNER, ref))
    except InvalidError as error:
        gone = error.problems[0]
        raise ConflictError("not_reproducible", f"the model cannot be trained again: {gone.detail}") from error
    admit(estimate(completed, table), parts.settings)
