"""NVIDIA's own client of the Open Inference Protocol, and the running service."""

from collections.abc import Iterator

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from tests.service.dialects.conftest import ROW
from tests.service.running import Server

ROWS = [ROW, [6.7, 3.1, 5.6, 2.4], [5.9, 3.0, 4.2, 1.5]]
JOB = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 30}}


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[InferenceServerClient]:
    server.request("POST", "/v1/jobs", JOB)
    server.work()
    client = InferenceServerClient(f"127.0.0.1:{server.port}")
    yield client
    client.close()


def rows(kind: str = "FP32", dtype: str = "float32", *, binary: bool = True) -> list[InferInput]:
    given = InferInput("inputs", [3, 4], kind)
    given.set_data_from_numpy(np.array(ROWS, dtype), binary_data=binary)
    return [given]


def test_servers_and_models_are_told_of(client: InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("iris")
    assert client.is_model_ready("iris", "1")
    assert not client.is_model_ready("iris", "2")
    assert client.get_server_metadata()["name"] == "backprop"
    assert client.get_model_metadata("iris")["inputs"][0]["shape"] == [-1, 4]
    assert [(one["name"], one["version"]) for one in client.get_model_repository_index()] == [("iris", "1")]


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("back", [True, False])
def test_rows_are_inferred_to_our_own_bits(
    server: Server, client: InferenceServerClient, *, sent: bool, back: bool
) -> None:
    ours = server.request("POST", "/v1/models/iris/predict", {"instances": np.array(ROWS, "f4").tolist()}).json
    wanted = [InferRequestedOutput(name, binary_data=back) for name in ("predictions", "outputs")]
    answer = client.infer("iris", rows(binary=sent), request_id="a", outputs=wanted)
    assert answer.get_response()["id"] == "a"
    assert answer.as_numpy("outputs").tolist() == ours["outputs"]
    texts = answer.as_numpy("predictions").tolist()
    assert [text.decode() if back else text for text in texts] == ours["predictions"]


def test_what_nobody_chose_comes_as_bytes(server: Server, client: InferenceServerClient) -> None:
    ours = server.request("POST", "/v1/models/iris/predict", {"instances": ROWS}).json["predictions"]
    answer = client.infer("iris", rows("FP64", "float64"), model_version="1")
    assert [text.decode() for text in answer.as_numpy("predictions").tolist()] == ours


def test_a_column_of_texts_is_sent_as_bytes(client: InferenceServerClient) -> None:
    given = InferInput("species", [3], "BYTES")
    given.set_data_from_numpy(np.array(["a", "é", ""], object))
    width = InferInput("petal width (cm)", [3, 1], "FP64")
    width.set_data_from_numpy(np.array([[0.2], [2.4], [np.nan]]))
    assert client.infer("iris", [given, width]).as_numpy("outputs").shape == (3, 3)


def test_errors_are_told_in_the_clients_own_words(client: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match=r"\[404\] there is no model 'none'"):
        client.infer("none", rows())
    spoilt = InferInput("inputs", [3, 4], "FP32")
    spoilt.set_data_from_numpy(np.array([*ROWS[:2], [1, np.inf, 2, 3]], "float32"))
    with pytest.raises(InferenceServerException, match=r"\[400\] #/inputs/0/data/2/1: the number is not finite"):
        client.infer("iris", [spoilt])
