"""Exports: the files that results are sent from, each written when it is first asked for, and kept for a while.

The keeper removes the ones that nobody has asked for within an hour. A request for one is answered by Flask but for the
file itself, which is left in its environment for the server to await and send; a server that awaits nothing gets it at
once, and its thread is kept waiting.
"""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from flask import Response, request

from backprop.files.writing import FORMS, Form, write
from backprop.store.database import Database
from backprop.store.jobs import results

EXPORTING = "backprop.exporting"  # None in the environment of a server that awaits what is put there
FOLDER = "results"  # beside the blobs, whose sweep sees to it
AT_ONCE = 2
CHUNK = 2**20


class Exports:
    """The results that this machine has written to files."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.blob_dir / FOLDER
        self._threads = ThreadPoolExecutor(AT_ONCE, "exports")

    def take(self, prediction_id: str, form: Form) -> Future[Path]:
        """Return the file to come. It raises NotFoundError where the prediction is deleted meanwhile, WritingError."""
        return self._threads.submit(self._written, prediction_id, form)

    def forget(self, prediction_id: str) -> None:
        """Remove the files of a prediction."""
        for form in FORMS:
            self._path(prediction_id, form).unlink(missing_ok=True)

    def _path(self, prediction_id: str, form: Form) -> Path:
        return self._folder / f"{prediction_id}.{form}"

    def _written(self, prediction_id: str, form: Form) -> Path:
        path = self._path(prediction_id, form)
        try:
            os.utime(path)  # it is asked for again
        except FileNotFoundError:
            self._write(prediction_id, form, path)
        return path

    def _write(self, prediction_id: str, form: Form, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        size = results.size(self._database, prediction_id)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            unfinished = Path(file.name)
            try:
                write(results.contents(self._database, prediction_id), size, form, file)  # type: ignore[arg-type]
            except BaseException:
                unfinished.unlink()
                raise
        unfinished.replace(path)


def hand_over(response: Response, exports: Exports, prediction_id: str, form: Form) -> None:
    """Have the response carry a result's file. Raises what writing it raised."""
    writing: Future[Path] = request.environ.get(EXPORTING) or exports.take(prediction_id, form)
    if EXPORTING in request.environ and not (writing.done() and writing.exception()):
        request.environ[EXPORTING] = writing
        return
    path = writing.result()
    response.response = _chunks(path)
    response.content_length = path.stat().st_size


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
