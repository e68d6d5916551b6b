"""`python -m backprop`: runs everything on this machine until Ctrl-C."""

import os
import sys

from backprop.local.command import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
