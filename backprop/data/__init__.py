"""From rows as people have them to arrays, and back: typed tables, built-in sets, splits, encodings."""

from backprop.data.builtin import BUILTINS, Builtin, describe, load
from backprop.data.encoding import Encoding
from backprop.data.folds import folds_of
from backprop.data.inline import table_from_arrays, table_from_rows
from backprop.data.kept import table_of
from backprop.data.parts import parts_of
from backprop.data.prepare import Part, Prepared, encoding_of, fit, prepare
from backprop.data.roles import Roles, infer_task, roles
from backprop.data.room import Room
from backprop.data.splits import Split, count, split
from backprop.data.table import Column, Table
from backprop.data.weighting import class_weights, row_weights

__all__ = [
    "BUILTINS",
    "Builtin",
    "Column",
    "Encoding",
    "Part",
    "Prepared",
    "Roles",
    "Room",
    "Split",
    "Table",
    "class_weights",
    "count",
    "describe",
    "encoding_of",
    "fit",
    "folds_of",
    "infer_task",
    "load",
    "parts_of",
    "prepare",
    "roles",
    "row_weights",
    "split",
    "table_from_arrays",
    "table_from_rows",
    "table_of",
]
