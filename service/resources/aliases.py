"""Aliases over HTTP: names that point at a version of a model, moved under a condition, and rolled back."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from backprop.errors import InvalidError, Problem
from backprop.schemas.documents import Document
from backprop.schemas.fields import Integer
from backprop.schemas.job import ALIAS, ALIAS_REMEDY
from backprop.store import alias_moves, aliases
from backprop.store.alias_moves import Place
from backprop.store.aliases import AliasView
from backprop.store.states import MOVES
from service.answers import Instant, PageSchema, listing
from service.conditional import ETAG, IF_MATCH, IF_NONE_MATCH, condition
from service.parsing import Resource
from service.parts import OWNER, parts
from service.queries import QueryInteger

blueprint = Resource("aliases", __name__, url_prefix="/v1/models", description="Names that point at a model's version")

ONE = "/<model_name>/aliases/<alias>"
MOST_VERSIONS = 2**31 - 1


class TargetSchema(Document):
    """Where the alias is to point."""

    version = Integer(required=True, bounds={"at_least": 1, "at_most": MOST_VERSIONS})


class AliasSchema(Schema):
    """An alias, and the version that it points at."""

    name = fields.String(required=True, metadata={"description": "the model's"})
    alias = fields.String(required=True)
    version = fields.Integer(required=True)
    model = fields.String(required=True, metadata={"description": "the version's id"})
    moved_at = Instant()
    moved_by = fields.String()


class AliasListSchema(Schema):
    """The aliases of a name."""

    data = fields.List(fields.Nested(AliasSchema), required=True)


class MoveSchema(Schema):
    """A move of an alias."""

    number = fields.Integer(required=True, metadata={"description": "counts up from 1 within the alias"})
    kind = fields.String(required=True, metadata={"enum": list(MOVES)})
    from_version = fields.Integer(allow_none=True)
    to_version = fields.Integer(allow_none=True, metadata={"description": "null: it was deleted"})
    at = Instant()
    by = fields.String()


class MovePageSchema(PageSchema):
    """A page of an alias's moves."""

    data = fields.List(fields.Nested(MoveSchema), required=True)


class MoveQuerySchema(Document):
    """Which moves to list."""

    limit = QueryInteger(bounds={"at_least": 1, "at_most": 1000}, load_default=50)
    after = QueryInteger(
        bounds={"at_least": 1, "at_most": 2**31 - 1},
        load_default=None,
        metadata={"description": "the `next` of the page before"},
    )


@blueprint.route(ONE, methods=["PUT"])
@blueprint.arguments(TargetSchema())
@blueprint.response(200, AliasSchema, headers=ETAG)
@blueprint.doc(parameters=[IF_MATCH, IF_NONE_MATCH])
@blueprint.problems(400, 404, 412, 413, 415)
def move(target: Mapping[str, int], model_name: str, alias: str) -> tuple[AliasView, dict[str, str]]:
    """Point an alias at a version, and make it where there is none."""
    _check(alias)
    place = Place(OWNER, model_name, alias)
    return _tagged(aliases.move(parts().database, place, target["version"], condition()))


@blueprint.route(ONE)
@blueprint.response(200, AliasSchema, headers=ETAG)
@blueprint.problems(404)
def show(model_name: str, alias: str) -> tuple[AliasView, dict[str, str]]:
    """Show an alias."""
    return _tagged(aliases.show(parts().database, Place(OWNER, model_name, alias)))


@blueprint.route(ONE, methods=["DELETE"])
@blueprint.response(204)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.problems(404, 412)
def delete(model_name: str, alias: str) -> None:
    """Delete an alias; the version stays, and so does the alias's history."""
    aliases.delete(parts().database, Place(OWNER, model_name, alias), condition())


@blueprint.route(f"{ONE}/rollback", methods=["POST"])
@blueprint.response(200, AliasSchema, headers=ETAG)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.problems(404, 409, 412)
def rollback(model_name: str, alias: str) -> tuple[AliasView, dict[str, str]]:
    """Point an alias at the version that it pointed at before."""
    return _tagged(aliases.rollback(parts().database, Place(OWNER, model_name, alias), condition()))


@blueprint.route(f"{ONE}/history")
@blueprint.arguments(MoveQuerySchema(), location="query")
@blueprint.response(200, MovePageSchema)
@blueprint.problems(404)
def history(query: Mapping[str, Any], model_name: str, alias: str) -> dict[str, Any]:
    """List the moves of an alias, the newest first, also those of one that was deleted."""
    place = Place(OWNER, model_name, alias)
    return listing(alias_moves.page(parts().database, place, query["limit"], query["after"]))


@blueprint.route("/<model_name>/aliases")
@blueprint.response(200, AliasListSchema)
def index(model_name: str) -> dict[str, Any]:
    """List the aliases of a model's name."""
    return {"data": aliases.of_name(parts().database, OWNER, model_name)}


def _tagged(view: AliasView) -> tuple[AliasView, dict[str, str]]:
    return view, {"ETag": f'"{view.tag}"'}


def _check(alias: str) -> None:
    if not re.fullmatch(ALIAS, alias, re.ASCII):
        raise InvalidError([Problem("alias", "bad_name", ALIAS_REMEDY)])
