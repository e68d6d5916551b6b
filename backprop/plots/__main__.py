"""The drawer: a process that draws what it is sent over the pipe that it was given, until nobody wants it any more."""

import os
import signal
import sys
from multiprocessing.connection import Connection

from backprop import logs
from backprop.plots.drawing import draw

IDLE_SECONDS = 120  # then its memory is worth more than the second that the next start takes
NICENESS = 5  # others on this machine go first, and yet a plot is not kept waiting for ever by jobs that train


def main(descriptor: int) -> None:
    """Draw until the other end of the pipe is closed, or nothing has come for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to us, too; whoever started us ends us
    os.nice(NICENESS)
    logs.set_up()
    with Connection(descriptor) as pipe:
        try:
            while pipe.poll(IDLE_SECONDS):
                pipe.send_bytes(draw(*pipe.recv()))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
