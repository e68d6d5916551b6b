"""Codes: every name by which programs can tell errors apart, with what it means and what to do about it.

The types are what makes the tables whole: an error with a code that stands in none of them does not pass mypy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

RefusalCode = Literal[
    "malformed",
    "unauthorized",
    "not_found",
    "method_not_allowed",
    "wrong_state",
    "no_evaluation",
    "no_result",
    "in_use",
    "idempotency_key_reused",
    "idempotency_key_spent",
    "no_earlier_version",
    "not_reproducible",
    "precondition_failed",
    "body_too_large",
    "file_too_large",
    "unsupported_media_type",
    "invalid",
    "internal_error",
    "unavailable",
    "database_down",
    "busy",
    "not_drawn",
]
ProblemCode = Literal[
    "required",
    "null",
    "wrong_type",
    "wrong_length",
    "wrong_shape",
    "wrong_keys",
    "unknown_key",
    "unknown_name",
    "unknown_column",
    "unknown_category",
    "unknown_dataset",
    "unknown_model",
    "out_of_range",
    "not_finite",
    "too_large",
    "bad_name",
    "bad_text",
    "bad_time",
    "bad_value",
    "duplicate",
    "empty",
    "conflict",
    "wrong_task",
    "missing_value",
    "mixed_kinds",
    "wrong_format",
    "wrong_encoding",
    "unsupported_type",
    "damaged",
    "ragged_row",
    "not_a_number",
    "too_long",
    "too_many_columns",
    "no_rows",
    "no_training_rows",
    "too_few_classes",
    "too_few_rows",
    "too_much_memory",
    "too_much_work",
    "outside_training",
]
FailureCode = Literal["diverged", "crashed"]


@dataclass(frozen=True)
class Meaning:
    """What a code says has happened, and what whoever meets it can do; `names` stand in backquotes."""

    meaning: str
    remedy: str


@dataclass(frozen=True)
class Refusal(Meaning):
    """The meaning of a code that a whole answer has, and that answer's status."""

    status: int


REFUSALS: Mapping[RefusalCode, Refusal] = MappingProxyType(
    {
        "malformed": Refusal(
            "The request is not what it says it is: a body that is not JSON, a NaN or a key twice in it.",
            "Send JSON as RFC 8259 has it; `detail` says where it goes wrong.",
            400,
        ),
        "unauthorized": Refusal(
            "The service has an API key, and the request has none or another.",
            "Send `Authorization: Bearer` and the key that `BACKPROP_API_KEY` holds.",
            401,
        ),
        "not_found": Refusal(
            "There is nothing at this address, or no job, model, alias, dataset or prediction of this id or name.",
            "Look at the address; `GET /v1/jobs`, `/v1/models`, `/v1/datasets`, `/v1/predictions` list what there is.",
            404,
        ),
        "method_not_allowed": Refusal(
            "This address does not take that method.", "The header `Allow` says which it takes.", 405
        ),
        "wrong_state": Refusal(
            "The job's state forbids this step: one that has ended cannot be paused, one that runs cannot be deleted.",
            "Look at the job's `state`; cancel it before you delete it, or wait until it has ended.",
            409,
        ),
        "no_evaluation": Refusal(
            "The job has kept nothing that this plot could be drawn of: it has too many classes, or ended long ago.",
            "Ask for `kind=curves`, or train the job again; `detail` says which.",
            409,
        ),
        "no_result": Refusal(
            "The prediction has no result: it has not ended yet, or did not succeed.",
            "Look at its `state`; wait until it has succeeded, or make another where it failed.",
            409,
        ),
        "in_use": Refusal(
            "A job that has not ended, a model, or an alias needs the dataset or model that should be deleted.",
            "Cancel, delete or move what `detail` names first, or wait until it has ended.",
            409,
        ),
        "idempotency_key_reused": Refusal(
            "This Idempotency-Key came with another job before.",
            "Take a new key for a new job, and the same key only to send the same job again.",
            409,
        ),
        "idempotency_key_spent": Refusal(
            "The job that this Idempotency-Key made has been deleted.", "Send the job with a new key.", 409
        ),
        "no_earlier_version": Refusal(
            "The alias has pointed at no other version before, or that version has been deleted since.",
            "Point the alias at a version that there is; `GET /v1/models?name=…` lists them.",
            409,
        ),
        "not_reproducible": Refusal(
            "What the model was made from, its data or the model that it began from, is gone, or it came in a file.",
            "Bring back what `detail` names, or train a new model.",
            409,
        ),
        "precondition_failed": Refusal(
            "What the header `If-Match` or `If-None-Match` asks for does not hold; nothing has been changed.",
            "Look at it as it is now, and send the request again with that answer's `ETag` if it is still meant.",
            412,
        ),
        "body_too_large": Refusal(
            "The body has more bytes than the service takes; `detail` says how many those are.",
            "Send less at a time, or raise `BACKPROP_MAX_BODY_BYTES`.",
            413,
        ),
        "file_too_large": Refusal(
            "The file is larger than an upload may be, or what it unpacks to is larger than a dataset may be.",
            "Send fewer rows or columns, or raise `BACKPROP_MAX_UPLOAD_BYTES` and `BACKPROP_MAX_DATASET_BYTES`.",
            413,
        ),
        "unsupported_media_type": Refusal(
            "The body is in a form that this address does not read.",
            "Send one of its content types, uncompressed, and say which: `Content-Type: application/json` for JSON.",
            415,
        ),
        "invalid": Refusal(
            "The request is well-formed and asks for something that cannot be.",
            "`errors` names every problem by its place, with a code of its own and the remedy.",
            422,
        ),
        "internal_error": Refusal(
            "The service failed at this request. The fault is not in the request.",
            "Try again; whoever runs the service finds the cause in its log under the `request_id`.",
            500,
        ),
        "unavailable": Refusal(
            "The service cannot do this at present.", "Try again after the seconds that `Retry-After` says.", 503
        ),
        "database_down": Refusal(
            "The database does not answer.", "Try again after the seconds that `Retry-After` says.", 503
        ),
        "busy": Refusal(
            "As many plots wait to be drawn as may.", "Try again after the seconds that `Retry-After` says.", 503
        ),
        "not_drawn": Refusal(
            "The process that draws plots has ended over this one, or took too long.",
            "Try again after the seconds that `Retry-After` says; if that is of no use, the log says what went wrong.",
            503,
        ),
    }
)

PROBLEMS: Mapping[ProblemCode, Meaning] = MappingProxyType(
    {
        "required": Meaning("Something is missing that has no default.", "Add it."),
        "null": Meaning("The value is null, and null means nothing here.", "Give a value, or leave the key out."),
        "wrong_type": Meaning(
            'The value is of another JSON type than the one taken: `"2"` and `true` are no numbers.',
            "Send the type that `detail` names.",
        ),
        "wrong_length": Meaning(
            "A text, a list or a row is too short or too long.",
            "Send as many as `detail` says.",
        ),
        "wrong_shape": Meaning(
            "The weights or rows do not fit the network or the model, or a model not the job that begins from it.",
            "Send the shape that `detail` names.",
        ),
        "wrong_keys": Meaning(
            "The object holds none, or several, of keys of which exactly one set is taken.",
            "Keep the one that is meant: of `builtin`, `dataset` and `inline`, for example, one.",
        ),
        "unknown_key": Meaning(
            "Nobody reads this key or parameter.", "Correct it to the one that `detail` suggests, or leave it out."
        ),
        "unknown_name": Meaning(
            "The value is none of the names that can stand here.", "Take the name that `detail` suggests."
        ),
        "unknown_column": Meaning(
            "The data, or the model, has no column of this name.", "Take a name that `detail` lists; case counts."
        ),
        "unknown_category": Meaning(
            "The model has never seen this text in that column.",
            "Send one that `detail` lists, or train again with rows that hold it.",
        ),
        "unknown_dataset": Meaning("There is no dataset of this id.", "Name one that is stored, or send the rows."),
        "unknown_model": Meaning(
            "There is no model of this id or name, or not of this version.", "`GET /v1/models` lists what there is."
        ),
        "out_of_range": Meaning("The number lies outside what is allowed.", "Take one within the bounds in `detail`."),
        "not_finite": Meaning(
            "A number, or what the network makes of it, is NaN, infinite, or beyond 64-bit floats.",
            "Send finite numbers; null stands for a missing one.",
        ),
        "too_large": Meaning(
            "A number or time is beyond what can be kept, or a number beyond what the job's `dtype` holds.",
            "Take `float64`, or scale the column down before.",
        ),
        "bad_name": Meaning("The name holds a character that names cannot have.", "Take the form that `detail` shows."),
        "bad_text": Meaning(
            "The text holds a NUL or half of a surrogate pair, which no database keeps.", "Remove that character."
        ),
        "bad_time": Meaning(
            "This is no time as RFC 3339 writes it.", "Write it as `2030-01-31T12:00:00Z`; a + in a query is `%2B`."
        ),
        "bad_value": Meaning("The value is not one that can stand here.", "`detail` says what is taken."),
        "duplicate": Meaning("The same thing stands twice where once is meant.", "Keep one of them."),
        "empty": Meaning("The list is empty.", "Send at least one."),
        "conflict": Meaning(
            "Two parts of the job exclude each other, such as a loss for classes and a target of numbers.",
            "Change one of the two; `detail` names both.",
        ),
        "wrong_task": Meaning(
            "A plot of this kind is drawn of the other task: confusion of classifications, residuals of regressions.",
            "Ask for the kind that `detail` names.",
        ),
        "missing_value": Meaning(
            "A value is missing where the job, or the model, cannot fill it.",
            "Give it, or train with another `preprocessing.missing`.",
        ),
        "mixed_kinds": Meaning(
            "A column holds numbers in some rows and texts or booleans in others.", "Make the column of one kind."
        ),
        "wrong_format": Meaning(
            "The file's format is none that is read, or not the one that it is sent as.",
            "Send CSV, Parquet, Arrow IPC, npz, JSON or JSON lines, and its own content type or `format`.",
        ),
        "wrong_encoding": Meaning("The text is not in that encoding.", "Name the right `encoding`, or send UTF-8."),
        "unsupported_type": Meaning(
            "A column holds what cannot be kept, such as lists or bytes.", "Send numbers, texts, booleans and times."
        ),
        "damaged": Meaning(
            "The file is not whole, or not what it says it is.", "Send it again; `detail` says where reading ended."
        ),
        "ragged_row": Meaning("A row has more or fewer cells than there are columns.", "Mend the row in `detail`."),
        "not_a_number": Meaning(
            "A cell holds a text in a column of numbers.",
            "Correct the cell; name the text as `missing` if it means nothing, or the column as `text`.",
        ),
        "too_long": Meaning(
            "A line or row is longer than any sensible one.", "Look for a quotation mark that is never closed."
        ),
        "too_many_columns": Meaning(
            "There are more columns than may be.", "Leave columns out; `detail` says how many."
        ),
        "no_rows": Meaning("There is no row in the data.", "Send at least one, beside the line of names."),
        "no_training_rows": Meaning(
            "The splits, or the rows dropped for missing values, leave none to train on.",
            "Hold out fewer rows, or fill missing values instead of dropping their rows.",
        ),
        "too_few_classes": Meaning(
            "The target has fewer than two classes.", "Choose another target, or `regression` as the task."
        ),
        "too_few_rows": Meaning(
            "A class has too few rows to stand in every part of a stratified split.",
            "Hold out more rows, or split without `stratify`.",
        ),
        "too_much_memory": Meaning(
            "Training would take more memory than a job may.",
            "Train on fewer rows or a smaller network, or raise `BACKPROP_MAX_JOB_BYTES`.",
        ),
        "too_much_work": Meaning(
            "Training would take more floating-point operations than a job may.",
            "Train for fewer epochs or a smaller network, or raise `BACKPROP_MAX_JOB_FLOPS`.",
        ),
        "outside_training": Meaning(
            "A warning beside predictions: the value lies outside what the model saw of that feature in training.",
            "Trust the prediction less, or train again with rows that reach as far.",
        ),
    }
)

FAILURES: Mapping[FailureCode, Meaning] = MappingProxyType(
    {
        "diverged": Meaning(
            "The loss or the weights stopped being finite, so no model was made.",
            "Lower the learning rate, or scale the columns by `preprocessing`.",
        ),
        "crashed": Meaning(
            "The job's worker was lost too often: 5 times in a row without progress, or 100 times in all.",
            "`detail` has the last cause; most often it is memory. Then submit the job again, smaller.",
        ),
    }
)
