"""Datasets over HTTP: files uploaded, looked at, paged through and deleted; and the sets that are always there."""

from typing import Any

from flask import url_for

from backprop.data import BUILTINS, describe, table_of
from backprop.store import datasets
from backprop.store.pages import NameFilter
from service.answers import listing
from service.dataset_forms import (
    BODY,
    BuiltinListSchema,
    DatasetPageSchema,
    DatasetSchema,
    RowsQuerySchema,
    RowsSchema,
    UploadQuerySchema,
    shown,
)
from service.parsing import Resource
from service.parts import OWNER, parts
from service.queries import NameQuerySchema
from service.receiving import Asked, receive

blueprint = Resource("datasets", __name__, url_prefix="/v1/datasets", description="Data to train on")

OF_A_DATASET = ("datasets.show", "datasets.rows", "datasets.delete")
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "the dataset's address"}}
ITS_ID = {"dataset_id": "$response.body#/id"}
FIRST_ID = {"dataset_id": "$response.body#/data/0/id"}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(UploadQuerySchema(), location="query")
@blueprint.response(201, DatasetSchema, headers=LOCATION)
@blueprint.alt_response(200, schema=DatasetSchema, description="the same bytes made it before", success=True)
@blueprint.doc(requestBody=BODY)
@blueprint.links(201, ITS_ID, *OF_A_DATASET)
@blueprint.problems(400, 413, 415)
def create(asked: Asked) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Upload a file of columns and rows: CSV, Parquet, Arrow IPC, npz, JSON or JSON lines."""
    dataset, is_new = receive(asked)
    location = url_for("datasets.show", dataset_id=dataset.id)
    return shown(dataset), 201 if is_new else 200, {"Location": location}


@blueprint.route("")
@blueprint.arguments(NameQuerySchema(), location="query")
@blueprint.response(200, DatasetPageSchema)
@blueprint.links(200, FIRST_ID, *OF_A_DATASET)
def index(wanted: NameFilter) -> dict[str, Any]:
    """List the datasets that were uploaded, the newest first."""
    return listing(datasets.page(parts().database, OWNER, wanted), shown)


@blueprint.route("/builtin")
@blueprint.response(200, BuiltinListSchema)
def builtin() -> dict[str, Any]:
    """List the built-in sets, with their columns and the target that each has by default."""
    return {"data": [describe(name) for name in BUILTINS]}


@blueprint.route("/<dataset_id>")
@blueprint.response(200, DatasetSchema)
@blueprint.links(200, ITS_ID, *OF_A_DATASET)
@blueprint.problems(404)
def show(dataset_id: str) -> dict[str, Any]:
    """Show a dataset, with statistics and a histogram of each column."""
    return shown(datasets.show(parts().database, OWNER, dataset_id))


@blueprint.route("/<dataset_id>/rows")
@blueprint.arguments(RowsQuerySchema(), location="query")
@blueprint.response(200, RowsSchema)
@blueprint.problems(404)
def rows(query: dict[str, int], dataset_id: str) -> dict[str, Any]:
    """Give some rows of a dataset."""
    table = table_of(datasets.content(parts().database, OWNER, dataset_id))
    found = table.head(query["offset"], query["limit"])
    return {"columns": table.names, "rows": found, "offset": query["offset"], "total": table.rows}


@blueprint.route("/<dataset_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.problems(404, 409)
def delete(dataset_id: str) -> None:
    """Delete a dataset that no waiting or running job and no model names."""
    datasets.delete(parts().database, OWNER, dataset_id)
