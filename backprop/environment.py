"""The environment: what, beside spec and data, the last bits of a training depend on."""

import platform
from functools import cache
from pathlib import Path

import numpy as np
import scipy
import scipy.linalg.blas  # so that its BLAS is loaded, and found
from threadpoolctl import threadpool_info

CPUINFO = Path("/proc/cpuinfo")
DECISIVE = ("numpy", "scipy", "blas", "processor")  # where one of these differs, other bits are no wonder

BLAS_PARTS = ("internal_api", "version", "architecture")


@cache
def environment() -> dict[str, str]:
    """Return the versions of Python, NumPy, SciPy and their BLAS with its kernels, and the processor's name."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": _blas(),
        "processor": _processor(),
    }


def _blas() -> str:
    """Return each library with its version and the kind of processor that it takes its kernels for."""
    libraries = (library for library in threadpool_info() if library["user_api"] == "blas")
    told = {" ".join(str(library.get(part)) for part in BLAS_PARTS) for library in libraries}
    return "; ".join(sorted(told))


def _processor() -> str:
    """Return the processor's name; Python itself knows it on few systems."""
    try:
        lines = CPUINFO.read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
