"""Cells: a stretch of one column, as whatever reads a file hands it on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["numeric", "boolean", "text", "datetime"]


@dataclass(frozen=True)
class Missing:
    """Cells without a value, of whatever kind the others are."""

    count: int


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers in float64, NaN for missing; `whole` says that each came as an integer and is held exactly."""

    values: NDArray[np.float64]
    whole: bool = False

    kind: ClassVar[Kind] = "numeric"


@dataclass(frozen=True, eq=False)
class Instants:
    """Times in whole microseconds since 1970, UTC, as float64; NaN for missing."""

    values: NDArray[np.float64]

    kind: ClassVar[Kind] = "datetime"


@dataclass(frozen=True, eq=False)
class Flags:
    """Booleans as int8: 1, 0, and -1 for missing."""

    values: NDArray[np.int8]

    kind: ClassVar[Kind] = "boolean"


@dataclass(frozen=True, eq=False)
class Texts:
    """Places in `texts` as int32, -1 for missing."""

    values: NDArray[np.int32]
    texts: Sequence[str]

    kind: ClassVar[Kind] = "text"


Present = Numbers | Instants | Flags | Texts
Cells = Missing | Present

DTYPES: dict[Kind, np.dtype[Any]] = {
    "numeric": np.dtype("<f8"),
    "datetime": np.dtype("<f8"),
    "boolean": np.dtype("i1"),
    "text": np.dtype("<i4"),
}
MISSING: dict[Kind, float] = {"numeric": np.nan, "datetime": np.nan, "boolean": -1, "text": -1}
