"""JSON <-> spec, in marshmallow: the only place where what a client sends is checked by itself, without its data.

Every problem of a body is found in one pass and named by its JSON pointer, with a code and a remedy.
"""

from typing import Any

from marshmallow import ValidationError

from backprop.errors import InvalidError, Problem
from backprop.schemas.flaws import invalid
from backprop.schemas.inline import Inline
from backprop.schemas.job import JobBody, JobSchema, StoredJobSchema
from backprop.spec import JobSpec

__all__ = ["Inline", "JobBody", "JobSchema", "dump_spec", "load_job", "load_spec"]

_SCHEMA = JobSchema()
_STORED = StoredJobSchema()


def load_job(document: object) -> JobBody:
    """Return the job that a parsed JSON body asks for. Raises InvalidError naming every problem."""
    return _loaded(_SCHEMA, document)


def load_spec(document: object) -> JobSpec:
    """Return the spec that `dump_spec` wrote. Raises InvalidError, also for rows that were never stored."""
    body = _loaded(_STORED, document)
    if body.inline is not None:
        raise InvalidError([Problem("#/data/inline", "wrong_keys", "a spec names stored rows by their dataset's id")])
    return body.spec


def dump_spec(spec: JobSpec) -> dict[str, Any]:
    """Return a spec as JSON; `load_spec` makes the same spec of it."""
    document: dict[str, Any] = _SCHEMA.dump(spec)
    return document


def _loaded(schema: JobSchema, document: object) -> JobBody:
    try:
        body: JobBody = schema.load(document)  # type: ignore[arg-type]  # marshmallow refuses what is no object
    except ValidationError as error:
        raise invalid(error) from error
    return body
