"""Models loaded for prediction: a bounded cache by immutable id, and what each name meant a moment ago."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np

from backprop.data import Encoding
from backprop.errors import NotFoundError
from backprop.nn import Predictor
from backprop.store import models, refs
from backprop.store.database import Database
from backprop.store.models import ModelView
from backprop.trained import flat_parameters

FRESH_SECONDS = 1.0
MOST_BYTES = 512 * 2**20  # of parameters
MOST_MODELS = 256
MOST_REFS = 10_000


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to predict: how it is shown, how rows become its inputs, and its network."""

    view: ModelView
    encoding: Encoding
    predictor: Predictor
    bytes: int


def _uncounted() -> None:
    """Count nothing."""


@dataclass
class Predictors:
    """The models that this process has loaded.

    What a ref names is looked up again when that is older than a second: so an alias that was moved, and a new version,
    is seen, and a deleted model is gone, within that time in every process. A ref that names nothing is never
    remembered. However many ask for a model at once, it is loaded once. `hit` is called when a model that is asked for
    is loaded already, `miss` when it must be.
    """

    database: Database
    clock: Callable[[], float] = time.monotonic
    hit: Callable[[], object] = _uncounted
    miss: Callable[[], object] = _uncounted
    _loaded: OrderedDict[str, LoadedModel] = field(default_factory=OrderedDict)
    _named: OrderedDict[tuple[str, str], tuple[str, float]] = field(default_factory=OrderedDict)
    _turns: WeakValueDictionary[str, Lock] = field(default_factory=WeakValueDictionary)  # one a load
    _lock: Lock = field(default_factory=Lock)

    def find(self, owner: str, ref: str) -> LoadedModel:
        """Return the model that `ref` names, loaded. Raises NotFoundError."""
        with self._lock:
            model_id, seen_at = self._named.get((owner, ref), ("", -np.inf))
            known = self._loaded.get(model_id)
            if known is not None and self.clock() - seen_at < FRESH_SECONDS:
                self._loaded.move_to_end(model_id)
                self.hit()
                return known
        return self._look_up(owner, ref)

    def _look_up(self, owner: str, ref: str) -> LoadedModel:
        asked_at = self.clock()  # what is found is as old as the question, however long loading then takes
        try:
            model_id = refs.identify(self.database, owner, ref)
            found = self._obtain(owner, model_id)
        except NotFoundError as error:
            self._forget(owner, ref)
            raise NotFoundError("model", ref) from error
        self._name(owner, ref, model_id, asked_at)
        return found

    def _obtain(self, owner: str, model_id: str) -> LoadedModel:
        with self._lock:
            turn = self._turns.setdefault(model_id, Lock())
        with turn:
            known = self._loaded.get(model_id)
            (self.miss if known is None else self.hit)()
            found = known or load(self.database, owner, models.show(self.database, owner, model_id))
            self._keep(model_id, found)
        return found

    def _keep(self, model_id: str, found: LoadedModel) -> None:
        with self._lock:
            self._loaded[model_id] = found
            self._loaded.move_to_end(model_id)
            while len(self._loaded) > 1 and self._is_over():
                self._loaded.popitem(last=False)

    def _name(self, owner: str, ref: str, model_id: str, asked_at: float) -> None:
        with self._lock:
            self._named[owner, ref] = model_id, asked_at
            self._named.move_to_end((owner, ref))
            while len(self._named) > MOST_REFS:
                self._named.popitem(last=False)

    def _forget(self, owner: str, ref: str) -> None:
        with self._lock:
            model_id, _ = self._named.pop((owner, ref), ("", 0.0))
            self._loaded.pop(model_id, None)

    def _is_over(self) -> bool:
        return len(self._loaded) > MOST_MODELS or sum(model.bytes for model in self._loaded.values()) > MOST_BYTES


def load(database: Database, owner: str, view: ModelView) -> LoadedModel:
    """Return a stored model ready to predict. Raises NotFoundError where it has been deleted meanwhile."""
    network, flat = flat_parameters(database, owner, view)
    return LoadedModel(view, Encoding.from_json(view.encoding), Predictor(network, flat), flat.nbytes)
