"""Predictions for whole datasets: asked for once however often it takes to say so, waited for, and downloaded."""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from backprop.client.documents import Json, PredictionJob
from backprop.client.pages import pages
from backprop.client.transport import Transport, given
from backprop.client.waiting import wait

ROOT = "/v1/predictions"
ENDINGS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}


class Predictions:
    """What predictions for whole datasets are asked for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, model: str, data: str | Json, *, idempotency_key: str | None = None, **asked: Any
    ) -> PredictionJob:
        """Have a model predict for all rows of a dataset, by its id, or of `{"builtin": "iris"}`.

        More may be `asked` as `POST /v1/predictions` takes it: `include=["id"]` or `"all"`, `on_error="null"`,
        `returns=["predictions"]`, `priority`, `metadata`. Raises InvalidError where model and data do not go together.
        """
        if "returns" in asked:
            asked["return"] = asked.pop("returns")
        body = {"model": model, "data": {"dataset": data} if isinstance(data, str) else data, **asked}
        key = idempotency_key or str(uuid.uuid4())
        return PredictionJob.of(self._transport.post(ROOT, body, **{"Idempotency-Key": key}))

    def get(self, prediction_id: str) -> PredictionJob:
        """Return a prediction as it is now. Raises NotFoundError."""
        return PredictionJob.of(self._transport.get(_path(prediction_id)))

    def list(
        self, *, state: Sequence[str] = (), model: str | None = None, limit: int | None = None
    ) -> Iterator[PredictionJob]:
        """Yield predictions in one of these states (none: any), by a model of this name, the newest first."""
        return pages(self._transport, ROOT, PredictionJob.of, limit, state=[*state] or None, model=model)

    def wait(self, prediction_id: str, timeout: float | None = None) -> PredictionJob:
        """Return a prediction once it has ended, be it well or not. Raises WaitedError after `timeout` seconds."""
        return wait(self.get, prediction_id, timeout)

    def download(self, prediction_id: str, path: str | PathLike[str], *, file_format: str | None = None) -> None:
        """Write a result to a file, which is there only once it is whole: csv, parquet or ndjson, by the path's ending.

        Raises ConflictError where the prediction has not succeeded, and OSError.
        """
        target = Path(path)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            unfinished = Path(file.name)
            try:
                self.write(prediction_id, file, file_format or ENDINGS.get(target.suffix.lower()))  # type: ignore[arg-type]
            except BaseException:
                unfinished.unlink()
                raise
        unfinished.replace(target)

    def write(self, prediction_id: str, into: BinaryIO, file_format: str | None = None) -> None:
        """Write a result to a file that can be written anew from its start. Raises ConflictError as `download`."""
        self._transport.save(f"{_path(prediction_id)}/result", into, **given({"format": file_format}))

    def cancel(self, prediction_id: str) -> PredictionJob:
        """Cancel a prediction. Raises ConflictError where it has ended otherwise."""
        return self._ask(prediction_id, "cancel")

    def pause(self, prediction_id: str) -> PredictionJob:
        """Pause a prediction. Raises ConflictError where it cannot be paused any more."""
        return self._ask(prediction_id, "pause")

    def resume(self, prediction_id: str) -> PredictionJob:
        """Resume a paused prediction. Raises ConflictError where it has ended."""
        return self._ask(prediction_id, "resume")

    def delete(self, prediction_id: str) -> None:
        """Delete an ended prediction and its result. Raises ConflictError where it has not ended."""
        self._transport.delete(_path(prediction_id))

    def _ask(self, prediction_id: str, request: str) -> PredictionJob:
        return PredictionJob.of(self._transport.post(f"{_path(prediction_id)}/{request}"))


def _path(prediction_id: str) -> str:
    return f"{ROOT}/{quote(prediction_id, safe='')}"
