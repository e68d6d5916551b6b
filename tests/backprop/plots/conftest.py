"""matplotlib keeps what it knows of the fonts in a folder that all test runs share, not in the home of the user."""

import os
import tempfile
from pathlib import Path

os.environ["MPLCONFIGDIR"] = str(Path(tempfile.gettempdir(), "backprop-tests", "matplotlib"))  # read at its import
