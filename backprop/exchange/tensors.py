"""Models as safetensors: the parameters by name, and the model's document in the header's metadata."""

import json

import safetensors.numpy as safetensors
from safetensors import SafetensorError

from backprop import strict_json
from backprop.errors import InvalidError, MalformedError, Problem
from backprop.exchange.bundle import Bundle
from backprop.exchange.documents import KEY, described, document_of

LENGTH = 8  # bytes before the header say how long that is


def write(bundle: Bundle, *, whole: bool) -> bytes:
    """Return a model as a safetensors file, always `whole`: its metadata are in nobody's way."""
    del whole
    document = json.dumps(document_of(bundle), ensure_ascii=False, separators=(",", ":"))
    return safetensors.save(dict(bundle.tensors), metadata={KEY: document})


def read(content: bytes, most_bytes: int) -> Bundle:
    """Return the model that a safetensors file holds; the library sees to it that no tensor is larger than the file.

    Raises TooLargeError, and InvalidError by its pointer.
    """
    try:
        tensors = safetensors.load(content)
        header = strict_json.loads(content[LENGTH : LENGTH + int.from_bytes(content[:LENGTH], "little")])
        metadata = header.get("__metadata__", {}) if isinstance(header, dict) else {}
        document = strict_json.loads(metadata[KEY].encode()) if KEY in metadata else None
    except (SafetensorError, MalformedError, ValueError, KeyError, TypeError) as error:
        detail = f"it is no whole safetensors file: {str(error)[:200]}"
        raise InvalidError([Problem("#", "damaged", detail)]) from error
    if document is None:
        detail = f"its metadata have no {KEY}, the model's document as an export has it"
        raise InvalidError([Problem(f"#/{KEY}", "required", detail)])
    found = described(document)
    found.check_size(most_bytes)
    return found.filled(tensors)
