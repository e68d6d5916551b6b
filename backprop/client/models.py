"""Models by id (`mdl_…`), name (its newest version), name and version (`iris@3`) or alias (`iris@champion`)."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backprop.client.aliases import Aliases
from backprop.client.documents import Comparison, Job, Json, Model, Prediction
from backprop.client.pages import pages
from backprop.client.transport import Transport, given, written

ROOT = "/v1/models"
UNNAMED = "application/octet-stream"  # the service looks at the first bytes


class Models:
    """What trained models are asked for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.aliases = Aliases(transport)

    def get(self, ref: str) -> Model:
        """Return a model. Raises NotFoundError."""
        return Model.of(self._transport.get(_path(ref)))

    def list(
        self, *, name: str | None = None, tags: Mapping[str, str] | None = None, limit: int | None = None
    ) -> Iterator[Model]:
        """Yield models with all of these tags, the newest first."""
        tagged = {f"tags.{key}": text for key, text in (tags or {}).items()}
        return pages(self._transport, ROOT, Model.of, limit, name=name, **tagged)

    def annotate(self, ref: str, said: Json) -> Model:
        """Say something of a model and return it: `{"tags": {"stage": "production", "old": None}, "note": "…"}`.

        What is left out stays as it is, None removes. Raises NotFoundError and InvalidError.
        """
        headers = {"Content-Type": "application/json"}
        request = self._transport.http.build_request("PATCH", _path(ref), content=written(said), headers=headers)
        return Model.of(self._transport.read(request))

    def predict(
        self, ref: str, instances: Any, *, outputs: bool = True, also: Sequence[str] = (), top_k: int | None = None
    ) -> Prediction:
        """Return what a model makes of rows, or of records by feature name; raw, as they were trained on.

        Without `outputs` the answer is smaller by the output layer's activations. `also` names what else is wanted:
        probabilities, logits; `top_k` is a number of the most likely classes. Raises NotFoundError, and InvalidError at
        `#/instances/3/1` for each row that the model cannot take.
        """
        wanted = ["predictions", *(["outputs"] if outputs else []), *also]
        body = {"instances": instances, "return": wanted} | ({} if top_k is None else {"top_k": top_k})
        return Prediction.of(self._transport.post(f"{_path(ref)}/predict", body))

    def compare(self, left: str, right: str) -> Comparison:
        """Return two models side by side. Raises NotFoundError."""
        return Comparison.of(self._transport.get(f"{_path(left)}/compare", **{"with": right}))

    def reproduce(self, ref: str, *, idempotency_key: str | None = None) -> Job:
        """Have a model trained once more, and return that job; `reproduction` tells what came of it once it has ended.

        Raises NotFoundError, and ConflictError where what the model was made from is gone.
        """
        key = idempotency_key or str(uuid.uuid4())
        return Job.of(self._transport.post(f"{_path(ref)}/reproduce", **{"Idempotency-Key": key}))

    def weights(self, ref: str) -> Mapping[str, Any]:
        """Return the parameters as nested lists: w1 (inputs, units), b1 (units,), w2, …"""
        found: Mapping[str, Any] = self._transport.get(f"{_path(ref)}/weights", format="json")
        return found

    def download(self, ref: str, file_format: str = "npz") -> bytes:
        """Return the parameters as a file of this format."""
        return self._transport.content(f"{_path(ref)}/weights", format=file_format)

    def export(self, ref: str, file_format: str = "safetensors") -> bytes:
        """Return the whole model as a file that `create` takes (safetensors, npz, json), or as onnx for other runtimes.

        Raises NotFoundError, and InvalidError where the format cannot say what the model does.
        """
        return self._transport.content(f"{_path(ref)}/weights", format=file_format, whole="true")

    def create(self, source: str | PathLike[str] | bytes, *, name: str | None = None) -> Model:
        """Import a model from a file, by its path or its bytes: an exported one, or scikit-learn's MLP as JSON.

        `name` is what it goes by, where the file does not say it; the same model again is the same version. Raises
        InvalidError by what is wrong with it, TooLargeError, and OSError for a file that cannot be read.
        """
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        headers = {"Content-Type": UNNAMED}
        request = self._transport.http.build_request(
            "POST", ROOT, content=content, params=given({"name": name}), headers=headers
        )
        return Model.of(self._transport.read(request))

    def delete(self, ref: str) -> None:
        """Delete a model. Raises NotFoundError, and ConflictError where an alias or a job needs it."""
        self._transport.delete(_path(ref))


def _path(ref: str) -> str:
    return f"{ROOT}/{quote(ref, safe='@')}"
