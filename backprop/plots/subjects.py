"""Subjects: what a picture shows, as plain data that one process can send to another. Nothing here draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FORMATS: Mapping[str, str] = {"svg": "image/svg+xml", "png": "image/png"}  # and how HTTP calls them


@dataclass(frozen=True)
class Heading:
    """The two lines above a picture: whose it is, and what there is to say of it."""

    title: str
    subtitle: str


@dataclass(frozen=True, eq=False)
class Curves:
    """The course of training: columns of one entry an epoch, "epoch" first. Without epochs `absent` says why."""

    heading: Heading
    columns: Mapping[str, NDArray[np.float64]]
    absent: str


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often rows of each true class (down) were taken for each class (across): whole numbers (classes, classes)."""

    heading: Heading
    classes: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Residuals:
    """True values and predicted ones of the same rows, both (rows, targets), in the targets' own units."""

    heading: Heading
    targets: tuple[str, ...]
    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]


Subject = Curves | Confusion | Residuals
