"""A training run: a stored job brought to life, with its data, its network, and what it leaves once it has ended."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import data, metrics
from backprop.assembly import network_of, parameters_of, recipe_of
from backprop.data import Part, Prepared, Table, table_of
from backprop.errors import failure
from backprop.nn import Examples, Network, Predictor, State, Training, digest, evaluate
from backprop.schemas import load_spec
from backprop.spec import JobSpec, settled
from backprop.store import datasets
from backprop.store.database import Database
from backprop.store.jobs.claims import Claim, Cursor, Outcome
from backprop.store.jobs.evaluations import Rows
from backprop.store.models import NewModel
from backprop.trained import first_parameters
from worker.evaluation import evaluated

PARTS: Sequence[Rows] = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """The training of one job, from where its checkpoint left it, and the data that it trains on."""

    spec: JobSpec
    prepared: Prepared
    network: Network
    training: Training

    def cursor(self, seconds: float, samples_per_second: float | None) -> Cursor:
        """Return how far training is, given the seconds it took and its speed at last."""
        position = self.training.position
        return Cursor(position.epoch, position.batch, seconds, samples_per_second)

    def measure(self, part: Part, outputs: NDArray[Any], names: Sequence[str]) -> dict[str, float | None]:
        """Return metrics by name of the network's outputs for a part of the data."""
        encoding = self.prepared.encoding
        if encoding.task == "classification":
            return metrics.measure(encoding.task, names, part.y.argmax(1), outputs)
        if encoding.task == "multi_label":
            return metrics.measure(encoding.task, names, part.y.astype(np.intp), outputs)
        return metrics.measure(encoding.task, names, np.array(part.truth), np.array(encoding.decode(outputs)))


def begin(db: Database, held: Claim, loaded: Callable[[], object]) -> TrainingRun:
    """Return the run of a claimed job, at its checkpoint; `loaded` is called after each step that may take long.

    Raises InvalidError where the data and the spec do not go together.
    """
    spec = load_spec(held.spec)
    table = _table(db, held.owner, spec)
    loaded()
    prepared = data.prepare(table, spec)
    loaded()
    network = network_of(spec, prepared.encoding)
    state = None if held.checkpoint is None else State.from_bytes(held.checkpoint)
    training = Training(
        network,
        recipe_of(spec, len(prepared.train.x)),
        _training_examples(prepared, spec),
        None if prepared.validation is None else _examples(prepared.validation),
        state=state,
        parameters=_first_parameters(db, held.owner, spec, network) if state is None else None,
    )
    return TrainingRun(spec, prepared, network, training)


def outcome(run: TrainingRun, measured: Callable[[], object]) -> Outcome:
    """Return how an ended run ended, with its model and results; `measured` is called after each part of the data."""
    reason = run.training.stop_reason
    if reason == "diverged":
        epoch = run.training.position.epoch
        detail = f"the loss or the weights were no longer finite after epoch {epoch}; lower the learning rate"
        return Outcome("failed", reason, error=failure("diverged", detail))
    encoding, predictor = run.prepared.encoding, Predictor(run.network, run.training.parameters)
    parts: dict[Rows, Part] = {name: part for name in PARTS if (part := getattr(run.prepared, name)) is not None}
    results: dict[str, Any] = dict.fromkeys(PARTS)
    for name, part in parts.items():
        outputs = predictor.outputs(part.x)
        results[name] = _results(run, part, outputs)
        measured()
    # What says most comes last: the test rows, without these the validation rows, without both the training rows.
    last = evaluated(encoding, name, part.truth, encoding.decode(outputs))
    return Outcome("succeeded", reason, _model(run, results), results, last)


def _table(db: Database, owner: str, spec: JobSpec) -> Table:
    if spec.data.builtin is not None:
        return data.load(spec.data.builtin)
    return table_of(datasets.content(db, owner, settled(spec.data.dataset)))


def _first_parameters(db: Database, owner: str, spec: JobSpec, network: Network) -> NDArray[Any]:
    model_id = spec.network.start_from
    return parameters_of(spec, network) if model_id is None else first_parameters(db, owner, model_id, network.dtype)


def _training_examples(prepared: Prepared, spec: JobSpec) -> Examples:
    part = prepared.train
    return Examples(part.x, part.y, data.row_weights(prepared, spec))


def _examples(part: Part) -> Examples:
    return Examples(part.x, part.y)


def _results(run: TrainingRun, part: Part, outputs: NDArray[Any]) -> dict[str, float | None]:
    loss = evaluate(run.network, run.training.parameters, _examples(part), settled(run.spec.training.loss))
    names = (*metrics.ALWAYS[run.prepared.encoding.task], *run.spec.training.metrics)
    return {"loss": loss if np.isfinite(loss) else None, **run.measure(part, outputs, names)}


def _model(run: TrainingRun, results: dict[str, Any]) -> NewModel:
    flat = run.training.parameters
    content = (flat.byteswap() if sys.byteorder == "big" else flat).tobytes()
    return NewModel(content, digest(run.network, flat), run.prepared.encoding.to_json(), results)
