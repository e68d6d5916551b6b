"""The formats that models have as files, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from backprop.exchange import npz, plain, tensors
from backprop.exchange.bundle import Bundle
from backprop.exchange.onnx import file as onnx

UNNAMED = frozenset({"application/octet-stream", ""})  # the first bytes say what it is
ZIP = b"PK\x03\x04"


class Write(Protocol):
    """Makes a file of a model."""

    def __call__(self, bundle: Bundle, *, whole: bool) -> bytes:
        """Return the file; `whole`, with all that an import needs, even where the format could do without."""


@dataclass(frozen=True)
class Format:
    """A format: how HTTP calls it, and how a model is written and, where that can be, read by at most so many bytes."""

    media_type: str
    write: Write
    read: Callable[[bytes, int], Bundle] | None = None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "json": Format("application/json", plain.write, plain.read),
        "npz": Format("application/x-npz", npz.write, npz.read),
        "safetensors": Format("application/x-safetensors", tensors.write, tensors.read),
        "onnx": Format("application/x-onnx", onnx.write),
    }
)
READABLE: Mapping[str, Callable[[bytes, int], Bundle]] = MappingProxyType(
    {found.media_type: found.read for found in FORMATS.values() if found.read is not None}
)


def reader_of(media_type: str, content: bytes) -> Callable[[bytes, int], Bundle] | None:
    """Return what reads this content, by its media type, without one by its first bytes; None for another type."""
    if media_type in UNNAMED:
        named = "npz" if content.startswith(ZIP) else "json" if content.lstrip()[:1] == b"{" else "safetensors"
        return FORMATS[named].read
    return READABLE.get(media_type)
