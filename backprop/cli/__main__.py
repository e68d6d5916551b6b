"""`backprop`, and `python -m backprop.cli`."""

import os
import sys

from backprop.cli.program import main


def run() -> None:
    """Run the command that this process was started with, and exit with its status."""
    sys.exit(main(sys.argv[1:], os.environ))


if __name__ == "__main__":
    run()
