"""MLflow's scoring server: data frames, instances or inputs in, as JSON or CSV, and predictions out."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields
from werkzeug.exceptions import ServiceUnavailable, UnsupportedMediaType

from backprop.data import Encoding
from backprop.errors import InvalidError, MalformedError, Problem
from backprop.files.options import MISSING_TEXTS
from backprop.schemas.documents import Document
from backprop.schemas.fields import Object, Text
from service.dialects import RELEASE
from service.dialects.columns import Columns, by_columns, predict_columns
from service.dialects.errors import MLflowErrorSchema
from service.dialects.parsing import Anything, Dialect, content_of, document
from service.parsing import JSON
from service.parts import OWNER, parts, the_request
from service.predicting.asking import Predicted, predict
from service.predicting.predictors import LoadedModel

blueprint = Dialect("mlflow", __name__, MLflowErrorSchema, description="MLflow's scoring server")

CSV = "text/csv"
NUMBER = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*", re.ASCII)


class ModelQuerySchema(Document):
    """Which model is to score: MLflow's server has but one."""

    model = Text(longest=300, required=True, metadata={"example": "iris"})


class DataFrameSplitSchema(Document):
    """A data frame by rows; `index` is not looked at."""

    columns = Anything(required=True, metadata={"type": "array", "items": {"type": "string"}})
    data = Anything(required=True, metadata={"type": "array", "items": {"type": "array"}})
    index = Anything(allow_none=True)


class InvocationSchema(Document):
    """Exactly one of four forms of rows."""

    dataframe_split = Object(DataFrameSplitSchema)
    dataframe_records = Anything(metadata={"type": "array", "description": "records by the columns' names"})
    instances = Anything(metadata={"type": "array", "description": "rows, or records"})
    inputs = Anything(metadata={"type": ["array", "object"], "description": "rows, or lists by the columns' names"})
    params = Anything(allow_none=True, metadata={"type": ["object", "null"], "maxProperties": 0})


class InvokedSchema(Schema):
    """A prediction a row: classes, lists of labels, or values."""

    predictions = fields.Raw(required=True, metadata={"type": "array"})


BODY: Any = {
    "required": True,
    "content": {"application/json": {"schema": InvocationSchema}, CSV: {"schema": {"type": "string"}}},
}


@blueprint.route("/invocations", methods=["POST"])
@blueprint.arguments(ModelQuerySchema(), location="query", error_status_code=400)
@blueprint.response(200, InvokedSchema)
@blueprint.doc(requestBody=BODY)
def invoke(query: Mapping[str, str]) -> dict[str, Any]:
    """Score rows by a model."""
    request = the_request()
    score = SCORERS.get("application/json" if JSON.fullmatch(request.mimetype) else request.mimetype)
    if score is None:
        raise UnsupportedMediaType("send JSON or CSV, and the header Content-Type: application/json or text/csv")
    content = content_of(request)
    return {"predictions": score(parts().predictors.find(OWNER, query["model"]), content).predictions}


@blueprint.route("/ping")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
@blueprint.doc(security=[])
def ping() -> Response:
    """Say that the server can score."""
    return _alive()


@blueprint.route("/health")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
@blueprint.doc(security=[])
def health() -> Response:
    """Say that the server can score."""
    return _alive()


@blueprint.route("/version")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def version() -> Response:
    """Tell this service's release."""
    return Response(RELEASE, mimetype="text/plain")


def _alive() -> Response:
    problem = parts().database.problem()
    if problem is not None:
        raise ServiceUnavailable(problem)
    return Response("\n", mimetype="text/plain")


def _score_json(model: LoadedModel, content: bytes) -> Predicted:
    body = document(content, InvocationSchema())
    if body.pop("params", None):
        raise InvalidError([Problem("#/params", "unknown_key", "a model takes no parameters; leave them out")])
    if len(body) != 1:
        detail = f"takes exactly one of {', '.join(FORMS)}"
        raise InvalidError([Problem("#", "wrong_keys", detail)])
    ((form, given),) = body.items()
    return FORMS[form](model, given)


def _split(model: LoadedModel, given: Any) -> Predicted:
    """Return what the model makes of a frame's rows, whatever the order of its columns."""
    return _table(model, given["columns"], given["data"], "#/dataframe_split")


def _table(model: LoadedModel, names: Any, rows: Any, at: str) -> Predicted:
    _check_names(names, at)
    if type(rows) is not list or not rows:
        raise InvalidError([Problem(f"{at}/data", "empty", "takes a list of one row at least")])
    flaws = [
        Problem(f"{at}/data/{place}", "wrong_length", f"a row has {len(names)} cells, as there are columns")
        for place, row in enumerate(rows)
        if type(row) is not list or len(row) != len(names)
    ]
    if flaws:
        raise InvalidError(flaws)
    cells = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    try:
        return predict_columns(model, Columns(cells, {name: f"/{place}" for place, name in enumerate(names)}, ""))
    except InvalidError as error:
        raise InvalidError([_at_cell(problem, at) for problem in error.problems]) from error


def _at_cell(problem: Problem, at: str) -> Problem:
    """Return a problem of `/column/row` at that cell of the rows, one of `/column` at the column's name."""
    _, *steps = problem.pointer.split("/")
    place = f"{at}/data/" + "/".join(reversed(steps)) if len(steps) == 2 else f"{at}/columns{problem.pointer}"
    return Problem(place, problem.code, problem.detail)


def _check_names(names: Any, at: str) -> None:
    if type(names) is not list or not names or any(type(name) is not str for name in names):
        raise InvalidError([Problem(f"{at}/columns", "wrong_type", "takes a list of names")])
    twice = [place for place, name in enumerate(names) if name in names[:place]]
    if twice:
        detail = f"the column {names[twice[0]]!r} is there twice"
        raise InvalidError([Problem(f"{at}/columns/{twice[0]}", "duplicate", detail)])


def _records(model: LoadedModel, given: Any) -> Predicted:
    at = "#/dataframe_records"
    if type(given) is not list or any(type(record) is not dict for record in given):
        raise InvalidError([Problem(at, "wrong_type", "takes a list of records")])
    return predict(model, given, at)


def _instances(model: LoadedModel, given: Any) -> Predicted:
    return predict(model, given, "#/instances")


def _inputs(model: LoadedModel, given: Any) -> Predicted:
    return by_columns(model, given, "#/inputs") if type(given) is dict else predict(model, given, "#/inputs")


FORMS: Mapping[str, Callable[[LoadedModel, Any], Predicted]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}


def _score_csv(model: LoadedModel, content: bytes) -> Predicted:
    """Return what the model makes of a table with a line of names; an empty cell, or NA, is a missing value."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedError(f"the body is not UTF-8: byte {error.start} cannot stand there") from error
    try:
        names, *lines = [line for line in csv.reader(io.StringIO(text), strict=True) if line]
    except csv.Error as error:
        raise MalformedError(f"the body is not CSV: {error}") from error
    except ValueError as error:
        raise InvalidError([Problem("#/columns", "empty", "takes a line of names, and one a row")]) from error
    kinds = _kinds(model.encoding)
    columns = [kinds.get(name, "text") for name in names]
    # A line with too few cells, or too many, is refused by its length.
    rows = [[*map(_cell, line, columns)] if len(line) == len(columns) else line for line in lines]
    return _table(model, names, rows, "#")


def _kinds(encoding: Encoding) -> Mapping[str, str]:
    return {feature.name: feature.kind for feature in encoding.x.features}


def _cell(text: str, kind: str) -> Any:
    """Return what a text stands for in a column of this kind; the text itself where it is none."""
    if text in MISSING_TEXTS:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind != "numeric":
        return text
    return float(text) if NUMBER.fullmatch(text) else text


SCORERS: Mapping[str, Callable[[LoadedModel, bytes], Predicted]] = {"application/json": _score_json, CSV: _score_csv}
