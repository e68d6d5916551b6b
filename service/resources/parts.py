"""Parts over HTTP: which rows of its data a job, or one of its folds, trains on, validates on and is tested on."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from backprop.data import Split, folds_of, parts_of
from backprop.data.splits import PARTS
from backprop.errors import InvalidError, Problem
from backprop.schemas import load_spec
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice
from backprop.schemas.job import MOST_FOLDS
from backprop.spec import JobSpec
from backprop.store.jobs import reading
from service.parsing import Resource
from service.parts import OWNER, parts
from service.queries import QueryInteger
from service.submitting.submission import table_of_data

blueprint = Resource("parts", __name__, url_prefix="/v1/jobs", description="The rows that a job trains on")


class PartQuerySchema(Document):
    """Which part's rows to give, and which of them."""

    part = Choice(PARTS, load_default="train")
    fold = QueryInteger(
        bounds={"at_least": 1, "at_most": MOST_FOLDS}, metadata={"description": "of this fold, counted from 1"}
    )
    offset = QueryInteger(bounds={"at_least": 0, "at_most": 2**53}, load_default=0)
    limit = QueryInteger(bounds={"at_least": 1, "at_most": 100_000}, load_default=1000)


class PartSchema(Schema):
    """Some of a part's rows, by their numbers in the data, counted from 0, in the order of the split."""

    part = fields.String(required=True, metadata={"enum": list(PARTS)})
    rows = fields.List(fields.Integer(), required=True)
    offset = fields.Integer(required=True)
    total = fields.Integer(required=True, metadata={"description": "the part's number of rows"})


@blueprint.route("/<job_id>/rows")
@blueprint.arguments(PartQuerySchema(), location="query")
@blueprint.response(200, PartSchema)
@blueprint.problems(404)
def rows(query: Mapping[str, Any], job_id: str) -> dict[str, Any]:
    """Give the row numbers of a job's training, validation or test part, or of one of its folds'."""
    spec = load_spec(reading.show(parts().database, OWNER, job_id).spec)
    found = getattr(_split(spec, query.get("fold")), query["part"])
    window = found[query["offset"] : query["offset"] + query["limit"]]
    return {"part": query["part"], "rows": window.tolist(), "offset": query["offset"], "total": len(found)}


def _split(spec: JobSpec, fold: int | None) -> Split:
    table = table_of_data(spec.data, parts())
    split = parts_of(table, spec)
    if fold is None:
        return split
    folds = folds_of(table, spec, split)
    if fold > len(folds):
        raise InvalidError([Problem("?fold", "out_of_range", f"the job has {len(folds)} folds, counted from 1")])
    return folds[fold - 1]
