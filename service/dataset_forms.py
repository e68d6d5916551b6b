"""Datasets in JSON and in queries: how one is uploaded, listed and shown."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load

from backprop.files.formats import FORMATS
from backprop.files.options import Reading
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Items, Text
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.store.datasets import DatasetView
from service.answers import Instant, PageSchema, json_object
from service.queries import QueryBoolean, QueryInteger
from service.receiving import FORM, PART, Asked

MARK = r"[\t\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]"  # ASCII's that are no letter, digit or control
KINDS = ["numeric", "boolean", "text", "datetime"]
ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "iso-8859-2", "iso-8859-15", "cp1250", "cp1251", "cp1252",
    "cp1253", "cp1254", "cp437", "koi8-r", "mac-roman", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr",
)  # fmt: skip
BINARY: Mapping[str, str] = {"type": "string", "format": "binary"}
BODY: Mapping[str, Any] = {
    "required": True,
    "content": {
        **{kind.media_types[0]: {"schema": dict(BINARY)} for kind in FORMATS.values()},
        FORM: {
            "schema": {
                "type": "object",
                "properties": {PART: dict(BINARY)},
                "required": [PART],
                "additionalProperties": False,
            }
        },
    },
}


class UploadQuerySchema(Document):
    """What to call an upload, and how to read it where that should not be found out; most of it counts for CSV."""

    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)
    format = Choice(FORMATS)
    delimiter = Text(longest=1, pattern=MARK, remedy="takes one character that is no letter or digit; a tab is %09")
    quote = Text(longest=1, pattern=MARK, remedy="takes one character that is no letter or digit")
    encoding = Choice(ENCODINGS)
    header = QueryBoolean(metadata={"description": "whether the first row names the columns"})
    skip_rows = QueryInteger(bounds={"at_least": 0, "at_most": 1000})
    decimal = Choice((".", ","))
    columns = Items(Text(longest=500), least=1, most=10_000, metadata={"description": "the columns' names, one each"})
    missing = Items(Text(longest=100), most=100, metadata={"description": "texts that stand for a missing value"})
    text = Items(Text(longest=500), most=10_000, metadata={"description": "columns whose cells are texts"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Asked:
        name = data.pop("name", None)
        reading: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        return Asked(name, Reading(**reading))


class RowsQuerySchema(Document):
    """Which rows to give."""

    offset = QueryInteger(bounds={"at_least": 0, "at_most": 2**53}, load_default=0)
    limit = QueryInteger(bounds={"at_least": 1, "at_most": 1000}, load_default=50)


class BuiltinColumnSchema(Schema):
    """A column's name and kind."""

    name = fields.String()
    kind = fields.String(metadata={"enum": KINDS})


class ColumnSchema(BuiltinColumnSchema):
    """A column; `notes` says what stands out: constant, identifier, free_text, empty."""

    missing = fields.Integer()
    notes = fields.List(fields.String())


class ColumnStatisticsSchema(ColumnSchema):
    """A column, and what its values are like; `distinct` is null where there are too many to count."""

    distinct = fields.Integer(allow_none=True)
    min = fields.Raw(metadata={"type": ["number", "string"]})
    max = fields.Raw(metadata={"type": ["number", "string"]})
    mean = fields.Float()
    std = fields.Float(metadata={"description": "of the whole population"})
    quantiles = json_object("values by the share of rows below them, of 262,144 rows where there are more")
    histogram = json_object("edges, and how many values lie between each two")
    top = fields.List(fields.Raw(), metadata={"description": "the most frequent values and their counts"})


class DatasetSummarySchema(Schema):
    """A dataset as lists show it."""

    id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    format = fields.String(metadata={"enum": [*FORMATS, "inline"]})
    bytes = fields.Integer(allow_none=True, metadata={"description": "of the file as it came"})
    sha256 = fields.String(metadata={"description": "of the file as it came"})
    rows = fields.Integer(required=True)
    columns = fields.List(fields.Nested(ColumnSchema), required=True)
    created_at = Instant()


class DatasetSchema(DatasetSummarySchema):
    """A dataset, whole."""

    columns = fields.List(fields.Nested(ColumnStatisticsSchema), required=True)


class DatasetPageSchema(PageSchema):
    """A page of datasets."""

    data = fields.List(fields.Nested(DatasetSummarySchema), required=True)


class RowsSchema(Schema):
    """Some rows, their cells in the order of `columns`; times are texts, a missing value is null."""

    columns = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Raw(metadata={"type": "array"}), required=True)
    offset = fields.Integer(required=True)
    total = fields.Integer(required=True, metadata={"description": "the dataset's number of rows"})


class BuiltinSchema(Schema):
    """A built-in set."""

    name = fields.String()
    description = fields.String()
    rows = fields.Integer()
    columns = fields.List(fields.Nested(BuiltinColumnSchema))
    target = fields.String()
    task = fields.String(metadata={"enum": ["classification", "regression"]})


class BuiltinListSchema(Schema):
    """The built-in sets."""

    data = fields.List(fields.Nested(BuiltinSchema))


def shown(dataset: DatasetView) -> dict[str, Any]:
    """Return what is shown of a dataset: its columns with their statistics where it has some."""
    about = {"format": "inline", "bytes": None, **dataset.description}
    columns = dataset.statistics or about["columns"]
    return {**vars(dataset), **about, "columns": columns}
