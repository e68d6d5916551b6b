"""Datasets: the sets that are always there."""

from collections.abc import Sequence

from backprop.client.documents import BuiltinSet
from backprop.client.transport import Transport


class Datasets:
    """What data there is to train on."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def builtin(self) -> Sequence[BuiltinSet]:
        """Return the built-in sets."""
        return tuple(map(BuiltinSet.of, self._transport.get("/v1/datasets/builtin")["data"]))
