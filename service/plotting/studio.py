"""The studio: plots drawn one after the other, while requests go on; a bounded number wait for their turn.

A request for one is answered by Flask but for the picture itself, which is left in its environment for the server to
await; a server that awaits nothing gets it at once, and its thread is kept waiting.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from flask import Response, request

from backprop.errors import BackpropError
from backprop.plots.subjects import Subject
from service.plotting.drawer import Drawer

DRAWING = "backprop.drawing"  # None in the environment of a server that awaits what is put there
MOST_WAITING = 8  # with the one that is being drawn
MOST_KEPT = 32  # pictures, which are some 100 kB each


class StudioFullError(BackpropError):
    """As many pictures wait to be drawn as may; a later one will find room."""


@dataclass(frozen=True)
class Order:
    """A picture to draw: `key` tells it from all others, `subject` is looked up when its turn has come."""

    key: str
    form: str
    subject: Callable[[], Subject]


class Studio:
    """One drawer, one line before it, and the last pictures, for whoever asks for the same."""

    def __init__(self, scratch: Path, most: int = MOST_WAITING) -> None:
        self._drawer = Drawer(scratch)
        self._places = BoundedSemaphore(most)
        self._thread = ThreadPoolExecutor(1, "studio")
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def take(self, order: Order) -> Future[bytes]:
        """Return the picture to come; what its subject raises, it raises, and DrawingError. Raises StudioFullError."""
        if not self._places.acquire(blocking=False):
            raise StudioFullError("too many plots wait to be drawn")
        drawn = self._thread.submit(self._fill, order)
        drawn.add_done_callback(lambda _: self._places.release())
        return drawn

    def _fill(self, order: Order) -> bytes:
        picture = self._kept.pop(order.key, None)
        self._kept[order.key] = picture = picture or self._drawer.draw(order.subject(), order.form)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return picture


def hand_over(response: Response, studio: Studio, order: Order) -> None:
    """Have the response carry the picture that is ordered. Raises as `Studio.take`, and what drawing it raised."""
    drawing: Future[bytes] = request.environ.get(DRAWING) or studio.take(order)
    if DRAWING in request.environ and not drawing.done():
        request.environ[DRAWING] = drawing
        return
    picture = drawing.result()
    response.set_data(picture)
    response.content_length = len(picture)
