"""Trained networks: stored models as the engine's own objects, to predict with, or for a new job to begin from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.assembly import network_of
from backprop.data import Encoding
from backprop.errors import InvalidError, NotFoundError, Problem
from backprop.nn import Network
from backprop.schemas import load_spec
from backprop.spec import NetworkSpec
from backprop.store import models
from backprop.store.database import Database
from backprop.store.models import ModelView

POINTER = "#/network/start_from"


@dataclass(frozen=True)
class Start:
    """A model that a job is to begin from: how the job calls it, its id, and its network as asked for and as made."""

    ref: str
    id: str
    spec: NetworkSpec
    network: Network

    def check(self, network: Network) -> None:
        """Raise InvalidError, naming both shapes, for each parameter in which a job's network differs from this one."""
        ours, theirs = dict(network.shapes), dict(self.network.shapes)
        problems = [
            Problem(POINTER, "wrong_shape", self._misfit(name, theirs.get(name), ours.get(name)))
            for name in theirs | ours
            if theirs.get(name) != ours.get(name)
        ]
        if problems:
            raise InvalidError(problems)

    def _misfit(self, name: str, given: tuple[int, ...] | None, taken: tuple[int, ...] | None) -> str:
        has = f"has no {name}" if given is None else f"has {name} of shape {_by(given)}"
        takes = "this network has none" if taken is None else f"this network takes {_by(taken)}"
        return f"{self.ref} {has}, and {takes}; leave out hidden and bias to have the model's"


def start_of(db: Database, owner: str, ref: str) -> Start:
    """Return the model that `ref` names at this time. Raises InvalidError where there is none."""
    try:
        view = models.show(db, owner, ref)
    except NotFoundError as error:
        raise InvalidError([Problem(POINTER, "unknown_model", f"there is no model {ref!r}")]) from error
    return Start(ref, view.id, load_spec(view.spec).network, network_of_model(view))


def network_of_model(view: ModelView) -> Network:
    """Return a model's network."""
    return network_of(load_spec(view.spec), Encoding.from_json(view.encoding))


def flat_parameters(db: Database, owner: str, view: ModelView) -> tuple[Network, NDArray[Any]]:
    """Return a model's network and its parameters, one flat vector in its dtype. Raises NotFoundError."""
    network = network_of_model(view)
    content = models.parameters(db, owner, view.id)
    return network, np.frombuffer(content, np.dtype(network.dtype).newbyteorder("<")).astype(network.dtype)


def first_parameters(db: Database, owner: str, model_id: str, dtype: str) -> NDArray[Any]:
    """Return a model's parameters, running statistics of batch normalization with them, rounded to a job's dtype.

    Raises InvalidError where one is beyond that dtype.
    """
    _, flat = flat_parameters(db, owner, models.show(db, owner, model_id))
    with np.errstate(over="ignore"):
        cast: NDArray[Any] = flat.astype(dtype)
    if not np.isfinite(cast).all():
        detail = f"{model_id} has a parameter beyond {dtype}; take {flat.dtype}"
        raise InvalidError([Problem(POINTER, "too_large", detail)])
    return cast


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
