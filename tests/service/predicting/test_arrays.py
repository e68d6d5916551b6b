"""Arrays in and out: rows as npy are predicted as the same rows in JSON, and a broken file is the client's mistake."""

import io
from typing import Any

import numpy as np
import pytest

from service.predicting.arrays import FLOAT32, NPY
from tests.service.harness import Service

ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3], [5.9, 3.0, 4.2, 1.5]]


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(array))
    return stream.getvalue()


@pytest.fixture
def trained(service: Service) -> Service:
    service.train(name="iris", data={"builtin": "iris"}, training={"epochs": 10})
    return service


def predict(service: Service, content: bytes, **headers: str) -> Any:
    return service.client.post("/v1/models/iris/predict", data=content, content_type=NPY, headers=headers)


@pytest.mark.parametrize("kept", [np.float32, np.float64, ">f8", np.float16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_predicted_as_its_numbers_in_json(trained: Service, kept: Any, order: Any) -> None:
    rows = np.asarray(ROWS, kept, order=order)
    in_json = trained.post("/v1/models/iris/predict", {"instances": rows.astype(float).tolist()})
    answer = predict(trained, npy(rows))
    assert (answer.status_code, answer.json) == (200, in_json.json)


def test_outputs_come_as_an_array_to_whoever_prefers_one(trained: Service) -> None:
    in_json = predict(trained, npy(ROWS)).json
    answer = predict(trained, npy(ROWS), Accept=NPY)
    assert answer.mimetype == NPY
    outputs = np.load(io.BytesIO(answer.data))
    assert (outputs.dtype, outputs.tolist()) == (np.float32, in_json["outputs"])
    accepting = {"Accept": NPY}
    of_json = trained.client.post("/v1/models/iris/predict", json={"instances": ROWS}, headers=accepting)
    assert of_json.data == answer.data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[[1,2,3,4]]",
        npy(ROWS)[:-1],
        npy(ROWS) + b"1",
        npy(ROWS)[:40],
        npy([["a"]]),
        npy([[True] * 4]),
        npy([[1j] * 4]),
        npy(np.zeros(3, "M8[s]")),
        npy(ROWS).replace(b"(3, 4)", b"(-1,4)"),
        npy(ROWS).replace(b"(3, 4), }", b"(9**9,4)}"),
        npy(ROWS).replace(b"'<f8'", b"'|O8'"),
    ],
)
def test_what_is_no_array_of_numbers_is_malformed(trained: Service, content: bytes) -> None:
    answer = predict(trained, content)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize("array", [ROWS[0], 1.0, [ROWS], np.zeros((0, 4)), np.zeros((2, 3)), [[np.inf] * 4]])
def test_an_array_that_is_no_rows_of_the_model_is_refused(trained: Service, array: Any) -> None:
    answer = predict(trained, npy(array))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def bare(service: Service, content: bytes, **headers: str) -> Any:
    return service.client.post("/v1/models/iris/predict", data=content, content_type=FLOAT32, headers=headers)


def test_bare_numbers_are_rows_of_the_models_features(trained: Service) -> None:
    rows = np.array(ROWS, "<f4")
    as_npy = predict(trained, npy(rows))
    assert bare(trained, rows.tobytes()).json == as_npy.json
    assert bare(trained, rows.tobytes(), Accept=NPY).data == predict(trained, npy(rows), Accept=NPY).data


@pytest.mark.parametrize(("length", "status"), [(47, 400), (44, 422), (0, 422)])
def test_bare_numbers_that_are_no_whole_rows_are_refused(trained: Service, length: int, status: int) -> None:
    answer = bare(trained, np.array(ROWS, "<f4").tobytes()[:length])
    assert answer.status_code == status


def test_only_predictions_take_arrays(trained: Service) -> None:
    assert trained.client.post("/v1/jobs", data=npy(ROWS), content_type=NPY).status_code == 415
