"""What a prediction asks for: which model is applied to which rows, what the result holds, and what bad rows do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from backprop.spec import DataSpec

OnError = Literal["fail", "null"]

RETURNS = ("predictions", "outputs")


@dataclass(frozen=True)
class ScoringSpec:
    """A model by its id, and the rows; `include` names their columns that the result has as they are.

    A row that the model cannot take fails the prediction, or by "null" stays empty in the result, with the reason.
    """

    model: str
    data: DataSpec
    returns: tuple[str, ...] = RETURNS
    include: tuple[str, ...] = ()
    on_error: OnError = "fail"

    def to_json(self) -> dict[str, Any]:
        """Return the spec as JSON, of which `from_json` makes the same."""
        data = {name: value for name, value in asdict(self.data).items() if value is not None}
        return {
            "model": self.model,
            "data": data,
            "return": [*self.returns],
            "include": [*self.include],
            "on_error": self.on_error,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ScoringSpec":
        """Return the spec that `to_json` described."""
        data = DataSpec(**kept["data"])
        return cls(kept["model"], data, tuple(kept["return"]), tuple(kept["include"]), kept["on_error"])
