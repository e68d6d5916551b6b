"""Encodings that come from outside: checked key by key, so that none can fail when rows are predicted."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from marshmallow import ValidationError, fields, validates_schema

from backprop.data import Encoding
from backprop.data.features import CYCLES
from backprop.data.scaling import MOST_KNOTS
from backprop.errors import InvalidError, Problem
from backprop.schemas.alternatives import LONGEST_COLUMN, MOST_COLUMNS
from backprop.schemas.documents import Document
from backprop.schemas.fields import Boolean, Choice, Integer, Items, Number, Object, Strict, Text
from backprop.schemas.flaws import Flaw, invalid, refuse, shown
from backprop.spec import Task

MOST_CATEGORIES = 1_000_000
# What each kind of feature has to have beside its name, and what it may have.
KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        "numeric": (frozenset({"offset", "scale", "fill"}), frozenset({"knots", "indicator", "least", "most"})),
        "datetime": (frozenset({"offset", "scale", "fill"}), frozenset({"cycles", "indicator", "least", "most"})),
        "ordinal": (frozenset({"categories", "offset", "scale", "fill"}), frozenset({"unseen", "indicator"})),
        "one_hot": (
            frozenset({"categories", "fill"}),
            frozenset({"rare", "pooled", "unseen", "gaps", "indicator"}),
        ),
    }
)
PAIRS = ((False, True), (0, 1))


class Cell(Strict, fields.Field[Any]):
    """A text, true or false, or a finite number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str | bool):
            return value
        if not isinstance(value, int | float):
            refuse("wrong_type", f"takes a text, a number, true or false, not {shown(value)}")
        return Number()._deserialize(value, attr, data, **kwargs)


class FeatureSchema(Document):
    """A feature, as Encoding.to_json writes it."""

    name = Text(longest=LONGEST_COLUMN, required=True)
    kind = Choice(("numeric", "datetime", "boolean", "text"), required=True)
    how = Choice(("ordinal",))
    offset = Number()
    scale = Number(bounds={"above": 0})
    fill = Cell(allow_none=True)
    least = Number(allow_none=True)
    most = Number(allow_none=True)
    knots = Items(Number(), least=2, most=MOST_KNOTS)
    cycles = Items(Choice(CYCLES), most=len(CYCLES))
    categories = Items(Cell(), most=MOST_CATEGORIES)
    rare = Items(Cell(), most=MOST_CATEGORIES)
    pooled = Boolean()
    unseen = Choice(("error", "ignore", "pooled"))
    gaps = Boolean()
    indicator = Boolean()

    @validates_schema(skip_on_field_errors=True)
    def _check(self, data: Mapping[str, Any], **_: Any) -> None:
        is_number = data["kind"] in {"numeric", "datetime"}
        form = data["kind"] if is_number else data.get("how", "one_hot")
        needed, allowed = KEYS[form]
        given = data.keys() - {"name", "kind"} - (set() if is_number else {"how"})
        if not needed <= given <= needed | allowed:
            detail = (
                f"a feature of this kind has {', '.join(sorted(needed))}, and may have {', '.join(sorted(allowed))}"
            )
            raise ValidationError([Flaw("wrong_keys", detail)])
        if not is_number:
            _check_categories(data, form)
        if form != "one_hot" and type(data["fill"]) not in {int, float, type(None)}:
            raise ValidationError([Flaw("wrong_type", "takes a number or null")], "fill")
        if [*data.get("knots", ())] != sorted(data.get("knots", ())):
            raise ValidationError([Flaw("bad_value", "knots ascend")], "knots")


class TargetSchema(Document):
    """A target, as Encoding.to_json writes it."""

    task = Choice(get_args(Task), required=True)
    name = Text(longest=LONGEST_COLUMN)
    classes = Items(Cell(), least=2, most=MOST_CATEGORIES)
    names = Items(Text(longest=LONGEST_COLUMN), least=1, most=MOST_COLUMNS)
    values = Items(Items(Cell(), least=2, most=2), least=2, most=MOST_COLUMNS)
    offsets = Items(Number(), least=1, most=MOST_COLUMNS)
    scales = Items(Number(bounds={"above": 0}), least=1, most=MOST_COLUMNS)

    KEYS = MappingProxyType(
        {
            "classification": {"task", "name", "classes"},
            "multi_label": {"task", "names", "values"},
            "regression": {"task", "names", "offsets", "scales"},
        }
    )

    @validates_schema(skip_on_field_errors=True)
    def _check(self, data: Mapping[str, Any], **_: Any) -> None:
        if set(data) != self.KEYS[data["task"]]:
            detail = f"a target of this task has {', '.join(sorted(self.KEYS[data['task']]))}"
            raise ValidationError([Flaw("wrong_keys", detail)])
        lengths = {len(data[key]) for key in self.KEYS[data["task"]] if key in {"names", "values", "offsets", "scales"}}
        if len(lengths) > 1:
            raise ValidationError([Flaw("wrong_length", "every target has its own entry in each list")])
        if "classes" in data and not (_is_of_one_kind(data["classes"]) and _are_distinct(data["classes"])):
            raise ValidationError([Flaw("bad_value", "classes are of one kind, and different")], "classes")
        if not all(pair in PAIRS for pair in data.get("values", ())):
            raise ValidationError([Flaw("bad_value", "takes [false, true] or [0, 1] for each label")], "values")


class EncodingSchema(Document):
    """An encoding, as Encoding.to_json writes it."""

    format = Integer(required=True, bounds={"at_least": 1, "at_most": 1})
    dtype = Choice(("float32", "float64"), required=True)
    features = Items(Object(FeatureSchema), required=True, least=1, most=MOST_COLUMNS)
    target = Object(TargetSchema, required=True)
    ignored = Items(Text(longest=LONGEST_COLUMN), required=True, most=MOST_COLUMNS)

    @validates_schema(skip_on_field_errors=True)
    def _check(self, data: Mapping[str, Any], **_: Any) -> None:
        names = [feature["name"] for feature in data["features"]]
        if len(set(names)) < len(names):
            raise ValidationError([Flaw("duplicate", "two features have one name")], "features")


def load_encoding(document: Any, at: str) -> Encoding:
    """Return the encoding that `Encoding.to_json` described. Raises InvalidError, its pointers beginning with `at`."""
    try:
        EncodingSchema().load(document)
    except ValidationError as error:
        raise invalid(error, at) from error
    encoding = Encoding.from_json(document)
    if encoding.inputs < 1:
        raise InvalidError([Problem(f"{at}/features", "empty", "the features make no input")])
    return encoding


def _check_categories(data: Mapping[str, Any], form: str) -> None:
    kind = bool if data["kind"] == "boolean" else str
    known = [*data["categories"], *data.get("rare", ())]
    if not all(type(value) is kind for value in known) or not _are_distinct(known):
        raise ValidationError([Flaw("bad_value", f"categories are of the kind {data['kind']}, and different")])
    if data.get("rare") and not data.get("pooled"):
        raise ValidationError([Flaw("conflict", "rare categories are pooled")], "rare")
    if form == "one_hot" and data["fill"] is not None and not _is_known(data["fill"], kind, known):
        raise ValidationError([Flaw("bad_value", "takes a category, or null")], "fill")


def _is_known(value: Any, kind: type, known: list[Any]) -> bool:
    return type(value) is kind and value in known


def _is_of_one_kind(values: tuple[Any, ...]) -> bool:
    kinds = {float if type(value) is int else type(value) for value in values}
    return len(kinds) == 1


def _are_distinct(values: Any) -> bool:
    return len(set(values)) == len(values)
