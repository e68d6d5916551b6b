"""Taking turns: work that can only be called, done as an iterator that pauses within it."""

from collections.abc import Callable, Generator
from queue import SimpleQueue
from threading import Thread

Pause = Callable[[], None]


class _End(BaseException):
    """The work is done, or nobody waits for it; no Exception, so that what is called in between lets it through."""


def turns(work: Callable[[Pause], object]) -> Generator[None, None, None]:
    """Does work(pause), and yields at every pause() in it; what it raises comes out here.

    The work has a thread of its own, but never runs at the same time as the caller. When the iterator is closed or
    dropped, the pause that the work stands in raises, and the thread ends.
    """
    goes_on: SimpleQueue[bool] = SimpleQueue()
    stands: SimpleQueue[BaseException | None] = SimpleQueue()
    end = _End()

    def pause() -> None:
        stands.put(None)
        if not goes_on.get():
            raise end

    def run() -> None:
        try:
            work(pause)
            stands.put(end)
        except BaseException as error:
            stands.put(error)  # to be raised where the work is waited for

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        while (error := stands.get()) is None:
            yield
            goes_on.put(True)
    finally:
        goes_on.put(False)
        thread.join()
    if error is not end:
        raise error
