"""Initializers: how a layer's weights begin. Biases begin at zero."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from backprop.nn.calls import Array
from backprop.nn.choices.parameter import parameter


@dataclass(frozen=True)
class Initializer(ABC):
    """A way of drawing a weight matrix."""

    name: ClassVar[str]

    @abstractmethod
    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """A float64 matrix (inputs, units). RandomState's methods are frozen for ever by NumPy, Generator's are not."""


@dataclass(frozen=True)
class Normal(Initializer):
    """A normal distribution of mean 0 and standard deviation `scale` (default: Keras' RandomNormal)."""

    name = "normal"
    scale: float = parameter(0.05, above=0.0)

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """As numpy.random.normal(scale=scale, size=(inputs, units))."""
        return random.normal(scale=self.scale, size=(inputs, units))


@dataclass(frozen=True)
class Uniform(Initializer):
    """A uniform distribution from -scale to scale (default: Keras' RandomUniform)."""

    name = "uniform"
    scale: float = parameter(0.05, above=0.0)

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """As numpy.random.uniform(-scale, scale, (inputs, units))."""
        return random.uniform(-self.scale, self.scale, (inputs, units))


@dataclass(frozen=True)
class GlorotNormal(Initializer):
    """Normal of variance 2 / (inputs + units) (Glorot and Bengio 2010, equation 12, for sigmoid and tanh)."""

    name = "glorot_normal"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """Standard deviation sqrt(2 / (inputs + units))."""
        return random.normal(scale=math.sqrt(2 / (inputs + units)), size=(inputs, units))


@dataclass(frozen=True)
class GlorotUniform(Initializer):
    """Uniform of variance 2 / (inputs + units) (Glorot and Bengio 2010, equation 16)."""

    name = "glorot_uniform"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """From -limit to limit, limit = sqrt(6 / (inputs + units))."""
        limit = math.sqrt(6 / (inputs + units))
        return random.uniform(-limit, limit, (inputs, units))


@dataclass(frozen=True)
class HeNormal(Initializer):
    """Normal of variance 2 / inputs (He et al. 2015, equation 10, for relu)."""

    name = "he_normal"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """Standard deviation sqrt(2 / inputs)."""
        return random.normal(scale=math.sqrt(2 / inputs), size=(inputs, units))


@dataclass(frozen=True)
class HeUniform(Initializer):
    """Uniform of variance 2 / inputs (He et al. 2015)."""

    name = "he_uniform"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """From -limit to limit, limit = sqrt(6 / inputs)."""
        limit = math.sqrt(6 / inputs)
        return random.uniform(-limit, limit, (inputs, units))


@dataclass(frozen=True)
class LecunNormal(Initializer):
    """Normal of variance 1 / inputs (LeCun et al. 1998, equation 16; for selu Klambauer et al. 2017, section 3)."""

    name = "lecun_normal"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """Standard deviation sqrt(1 / inputs); not cut off at two of them, as Keras' is."""
        return random.normal(scale=math.sqrt(1 / inputs), size=(inputs, units))


@dataclass(frozen=True)
class LecunUniform(Initializer):
    """Uniform of variance 1 / inputs (LeCun et al. 1998, equation 16)."""

    name = "lecun_uniform"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """From -limit to limit, limit = sqrt(3 / inputs)."""
        limit = math.sqrt(3 / inputs)
        return random.uniform(-limit, limit, (inputs, units))


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Orthonormal columns, or rows where those are fewer, times `gain` (Saxe et al. 2014); uniform among all such.

    As torch.nn.init.orthogonal_: the Q of a normal matrix's QR, its columns turned so that R's diagonal is positive
    (Mezzadri 2007, section 5). The last bits are those of the machine's LAPACK.
    """

    name = "orthogonal"
    gain: float = parameter(1.0, above=0.0)

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """w^T w = gain^2 I or, with fewer inputs than units, w w^T = gain^2 I."""
        q, r = np.linalg.qr(random.normal(size=(max(inputs, units), min(inputs, units))))
        turned = self.gain * q * np.sign(np.diag(r))
        return turned if inputs >= units else turned.T


@dataclass(frozen=True)
class Zeros(Initializer):
    """Every weight 0. All units of a hidden layer then stay alike; for networks without one it is a fair start."""

    name = "zeros"

    def weights(self, random: np.random.RandomState, inputs: int, units: int) -> Array:
        """Zeros; draws nothing."""
        del random
        return np.zeros((inputs, units))


INITIALIZERS: Mapping[str, type[Initializer]] = MappingProxyType(
    {
        initializer.name: initializer
        for initializer in (
            Normal,
            Uniform,
            GlorotNormal,
            GlorotUniform,
            HeNormal,
            HeUniform,
            LecunNormal,
            LecunUniform,
            Orthogonal,
            Zeros,
        )
    }
)
