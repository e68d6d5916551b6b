"""The networks that are asked, and the rows that they are asked about: the same for every server."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLASSES = 10


@dataclass(frozen=True)
class Asked:
    """A network by its inputs and hidden units, 10 classes; how many rows a request has, and the goals.

    A goal is the share of hello's requests a second, or how many times a peer's.
    """

    inputs: int
    hidden: tuple[int, ...]
    rows: int
    goals: dict[str, float]

    def __str__(self) -> str:
        return f"{self.rows} x {self.inputs}"

    def x(self) -> NDArray[np.float32]:
        """Rows of numbers from 0 to 1 with as many digits as pixels divided by 255 have."""
        values = np.random.RandomState(0).randint(256, size=(self.rows, self.inputs))
        return (values / 255).round(4).astype(np.float32)

    def body(self) -> bytes:
        """The rows as JSON that all servers take."""
        rows = [[round(float(value), 4) for value in row] for row in self.x()]
        return json.dumps({"instances": rows}).encode()


ASKED = (
    Asked(4, (16,), 1, {"hello": 2.0}),
    Asked(784, (256, 128), 1, {"hello": 1.1, "FastAPI": 8.0, "MLflow": 20.0}),
    Asked(784, (256, 128), 100, {"MLflow": 30.0, "FastAPI, tuned": 2.0}),
)
