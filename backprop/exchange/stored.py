"""Stored models as bundles, and bundles as stored models."""

from backprop.data import Encoding
from backprop.exchange.bundle import Bundle
from backprop.schemas import dump_spec, load_spec
from backprop.store import imports
from backprop.store.database import Database
from backprop.store.models import ModelView, NewModel
from backprop.trained import flat_parameters


def bundle_of(db: Database, owner: str, view: ModelView) -> Bundle:
    """Return a stored model whole. Raises NotFoundError where it has been deleted meanwhile."""
    _, flat = flat_parameters(db, owner, view)
    return Bundle(view.name, load_spec(view.spec), Encoding.from_json(view.encoding), flat)


def keep(db: Database, owner: str, name: str, bundle: Bundle) -> tuple[ModelView, bool]:
    """Store a bundle as the next version of a name, and return it and True; the one that is the same, and False."""
    new = NewModel(bundle.parameters, bundle.sha256, bundle.encoding.to_json(), {})
    return imports.add(db, owner, name, dump_spec(bundle.spec), new)
