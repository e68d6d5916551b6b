"""A training run: one of a job's trainings brought to life, with its data and its network, and what it comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import data, metrics
from backprop.assembly import network_of, parameters_of, recipe_of, unvalidated
from backprop.data import Part, Prepared, Room, Split, Table, table_of
from backprop.datasets.shelf import Shelf
from backprop.nn import Examples, Network, Predictor, Recipe, State, Training, evaluate, first_state
from backprop.schemas import load_spec
from backprop.spec import DataSpec, JobSpec, settled
from backprop.store import datasets
from backprop.store.database import Database
from backprop.store.jobs.claims import Claim
from backprop.trained import first_parameters


@dataclass(frozen=True, eq=False)
class LoadedJob:
    """What the trainings of a claimed job share: its spec, its rows, and the parameters of the model it begins from.

    `dataset_sha256` is the digest of the rows; `keep` is to be called after each step that may take long; on the shelf,
    if there is one, lie encoded rows that are worth it.
    """

    spec: JobSpec
    table: Table
    dataset_sha256: str
    start: NDArray[Any] | None
    keep: Callable[[], object]
    shelf: Shelf | None = None

    def prepare(self, parts: Split | None = None) -> Prepared:
        """Return the rows encoded, a fold's where these are its parts. Raises InvalidError."""
        return data.prepare(self.table, self.spec, parts, Room(self.shelf, self.keep, self.spec.training.shuffle))

    def first_parameters(self, network: Network) -> NDArray[Any]:
        """Return the flat vector that a training begins from. Raises InvalidError where given ones do not fit."""
        return parameters_of(self.spec, network) if self.start is None else self.start


@dataclass(frozen=True, eq=False)
class Setup:
    """A training that can begin, or go on from `state`: its data, its network and its recipe."""

    spec: JobSpec
    prepared: Prepared
    network: Network
    recipe: Recipe
    train: Examples
    validation: Examples | None
    state: State

    def run(self, training: Training | None = None) -> "TrainingRun":
        """Return the run of this training, or of the one that a stack has made of it."""
        alone = training or Training(self.network, self.recipe, self.train, self.validation, state=self.state)
        return TrainingRun(self.spec, self.prepared, self.network, alone)


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """One training of a job, and the data that it trains on."""

    spec: JobSpec
    prepared: Prepared
    network: Network
    training: Training

    def measure(self, part: Part, outputs: NDArray[Any], names: Sequence[str]) -> dict[str, float | None]:
        """Return metrics by name of the network's outputs for a part of the data."""
        encoding = self.prepared.encoding
        if encoding.task == "classification":
            return metrics.measure(encoding.task, names, part.y.argmax(1), outputs)
        if encoding.task == "multi_label":
            return metrics.measure(encoding.task, names, part.y.astype(np.intp), outputs)
        return metrics.measure(encoding.task, names, np.array(part.truth), np.array(encoding.decode(outputs)))

    def results(self, part: Part, outputs: NDArray[Any]) -> dict[str, float | None]:
        """Return the loss and the scores of a part of the data, of which the network's outputs are given."""
        loss = evaluate(self.network, self.training.parameters, _examples(part), settled(self.spec.training.loss))
        names = (*metrics.ALWAYS[self.prepared.encoding.task], *self.spec.training.metrics)
        return {"loss": loss if np.isfinite(loss) else None, **self.measure(part, outputs, names)}

    def predictor(self) -> Predictor:
        """Return what gives the network's outputs as it is now."""
        return Predictor(self.network, self.training.parameters)


def load(db: Database, held: Claim, keep: Callable[[], object], shelf: Shelf | None = None) -> LoadedJob:
    """Return a claimed job with its rows. Raises InvalidError where the model it begins from does not fit."""
    spec = load_spec(held.spec)
    table = table_of_data(db, held.owner, spec.data)
    keep()
    model_id = spec.network.start_from
    start = None if model_id is None else first_parameters(db, held.owner, model_id, spec.training.dtype)
    return LoadedJob(spec, table, _sha256(db, held.owner, spec, table), start, keep, shelf)


def set_up(job: LoadedJob, state: State | None) -> Setup:
    """Return the model's own training. Raises InvalidError where the data and the spec do not go together."""
    prepared = job.prepare()
    recipe = recipe_of(job.spec, len(prepared.train.x))
    return _setup(job, prepared, recipe if job.spec.split.folds is None else unvalidated(recipe), state)


def set_up_fold(job: LoadedJob, fold: Split, state: State | None) -> Setup:
    """Return a fold's training. Raises InvalidError as `set_up`."""
    prepared = job.prepare(fold)
    return _setup(job, prepared, replace(recipe_of(job.spec, len(prepared.train.x)), health=False), state)


def _setup(job: LoadedJob, prepared: Prepared, recipe: Recipe, state: State | None) -> Setup:
    job.keep()
    network = network_of(job.spec, prepared.encoding)
    part = prepared.train
    return Setup(
        job.spec,
        prepared,
        network,
        recipe,
        Examples(part.x, part.y, data.row_weights(prepared, job.spec)),
        None if prepared.validation is None else _examples(prepared.validation),
        first_state(network, recipe, job.first_parameters(network)) if state is None else state,
    )


def table_of_data(db: Database, owner: str, named: DataSpec) -> Table:
    """Return the rows that a stored job names."""
    if named.builtin is not None:
        return data.load(named.builtin)
    return table_of(datasets.content(db, owner, settled(named.dataset)))


def _sha256(db: Database, owner: str, spec: JobSpec, table: Table) -> str:
    dataset_id = spec.data.dataset
    return table.sha256 if dataset_id is None else datasets.show(db, owner, dataset_id).sha256


def _examples(part: Part) -> Examples:
    return Examples(part.x, part.y)
