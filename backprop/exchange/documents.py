"""The document of a model: all of it but its parameters, as JSON that stands beside them in a file."""

from typing import Any, Final

from marshmallow import ValidationError

from backprop.assembly import network_of
from backprop.errors import InvalidError, Problem
from backprop.exchange.bundle import Bundle, Described
from backprop.exchange.encodings import load_encoding
from backprop.schemas import dump_spec, load_spec
from backprop.schemas.fields import Text
from backprop.schemas.flaws import invalid, shown
from backprop.schemas.job import NAME, NAME_REMEDY

KEY: Final = "model"  # under which a file holds it
FORMAT: Final = 1
AT: Final = f"#/{KEY}"
MODEL_NAME: Final = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY, allow_none=True)


def document_of(bundle: Bundle) -> dict[str, Any]:
    """Return the model without its parameters, as JSON that `described` reads."""
    return {
        "format": FORMAT,
        "name": bundle.name,
        "sha256": bundle.sha256,
        "spec": dump_spec(bundle.spec),
        "encoding": bundle.encoding.to_json(),
    }


def described(document: Any) -> Described:
    """Return what a document says. Raises InvalidError, with pointers below `#/model`."""
    if not isinstance(document, dict) or not {"format", "spec", "encoding"} <= document.keys():
        detail = f"takes an object of format, spec and encoding, as an export has it, not {shown(document)}"
        raise InvalidError([Problem(AT, "wrong_type", detail)])
    if document["format"] != FORMAT:
        raise InvalidError([Problem(f"{AT}/format", "wrong_format", f"this reads format {FORMAT}")])
    try:
        spec = load_spec(document["spec"])
    except InvalidError as error:
        at = f"{AT}/spec"
        raise InvalidError(
            [Problem(p.pointer.replace("#", at, 1), p.code, p.detail) for p in error.problems]
        ) from error
    encoding = load_encoding(document["encoding"], f"{AT}/encoding")
    if (spec.task, spec.training.dtype) != (encoding.task, encoding.x.dtype):
        raise InvalidError([Problem(AT, "conflict", "spec and encoding differ in task or dtype")])
    if spec.network.hidden is None or spec.network.bias is None or spec.network.output.activation is None:
        raise InvalidError([Problem(f"{AT}/spec/network", "required", "name hidden, bias and output")])
    return Described(_name(document), spec, encoding, network_of(spec, encoding), document.get("sha256"))


def _name(document: dict[str, Any]) -> str | None:
    try:
        name: str | None = MODEL_NAME.deserialize(document.get("name"))
    except ValidationError as error:
        raise invalid(error, f"{AT}/name") from error
    return name
