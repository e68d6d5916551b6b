"""Run a worker: `python -m worker`."""

import os
import sys

# Each child trains on one core: the BLAS libraries read these when NumPy is imported.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

from backprop import logs
from backprop.errors import SettingsError
from worker.program import main

logs.set_up()
try:
    sys.exit(main(os.environ))
except SettingsError as error:
    sys.exit(f"worker: {error}")
