"""Waiting: asking again and again whether a job has ended, ever less often."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from backprop.client.errors import WaitedError

SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 2.0
PAUSE_SHARE = 0.1  # of the time waited so far: an end is seen at most that much late


class Ending(Protocol):
    """Whatever comes to an end."""

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""


Awaited = TypeVar("Awaited", bound=Ending)


def wait(get: Callable[[str], Awaited], job_id: str, timeout: float | None) -> Awaited:
    """Return a job once it has ended. Raises WaitedError after `timeout` seconds."""
    began = time.monotonic()
    while not (job := get(job_id)).ended:
        waited = time.monotonic() - began
        if timeout is not None and waited >= timeout:
            raise WaitedError(job_id, timeout)
        pause = min(max(SHORTEST_PAUSE, PAUSE_SHARE * waited), LONGEST_PAUSE)
        time.sleep(pause if timeout is None else min(pause, timeout - waited))
    return job
