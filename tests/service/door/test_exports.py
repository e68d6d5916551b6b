"""Results of predictions are sent as files, large ones written by a process of their own, and streams follow them."""

import io
import json
from contextlib import closing

import numpy as np
import pytest
from pyarrow import parquet

from backprop.data import Column, Table
from backprop.data.table import objects
from backprop.store import datasets
from backprop.store.datasets import NewDataset
from tests.service.running import EVENT_STREAM, Server, read_until

ROWS = 40_000
FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
JOB = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 2}}


@pytest.fixture(scope="module")
def path(server: Server) -> str:
    """Where a prediction of several parts is shown, which has succeeded."""
    server.request("POST", "/v1/jobs", JOB)
    server.work()
    numbers = np.random.default_rng(3).uniform(0, 8, (4, ROWS))
    columns = [Column(name, "numeric", values) for name, values in zip(FEATURES, numbers, strict=True)]
    table = Table((*columns, Column("id", "text", objects([f"r{row}" for row in range(ROWS)]))))
    with server.database.writing() as session:
        new = NewDataset(table.to_bytes(), table.sha256, {"rows": ROWS})
        dataset_id = datasets.keep(server.database, session, "local", new)
    asked = {"model": "iris", "data": {"dataset": dataset_id}, "include": ["id"]}
    answer = server.request("POST", "/v1/predictions", asked)
    assert answer.status == 202, answer.json
    server.work()
    return str(answer.headers["Location"])


def test_a_large_result_is_the_same_in_every_format(server: Server, path: str) -> None:
    lines = server.request("GET", f"{path}/result?format=ndjson")
    assert lines.status == 200
    assert lines.headers["Content-Length"] == str(len(lines.content))
    rows = [json.loads(line) for line in lines.content.splitlines()]
    assert [row["id"] for row in rows] == [f"r{row}" for row in range(ROWS)]
    as_parquet = server.request("GET", f"{path}/result", Accept="application/vnd.apache.parquet")
    assert parquet.read_table(io.BytesIO(as_parquet.content)).to_pylist() == rows
    as_csv = server.request("GET", f"{path}/result").content.decode().splitlines()
    assert (len(as_csv), as_csv[-1].partition(",")[0]) == (ROWS + 1, f'"r{ROWS - 1}"')


def test_a_result_that_is_asked_for_again_is_the_file_that_is_there(server: Server, path: str) -> None:
    first = server.request("GET", f"{path}/result?format=csv")
    again = server.request("GET", f"{path}/result?format=csv")
    assert (first.content == again.content, first.headers["ETag"]) == (True, again.headers["ETag"])
    known = {"If-None-Match": first.headers["ETag"]}
    assert server.request("GET", f"{path}/result?format=csv", **known).status == 304
    assert server.request("HEAD", f"{path}/result?format=csv").content == b""


def test_a_client_that_does_not_read_keeps_nobody_waiting(server: Server, path: str) -> None:
    asking = f"GET {path}/result?format=ndjson HTTP/1.1\r\nHost: here\r\n\r\n".encode()
    opened = [server.send(asking) for _ in range(8)]
    for connection in opened:
        with closing(connection):
            read_until(connection, b"\r\n\r\n")
            assert server.request("GET", "/healthz/live").status == 200


def test_a_stream_tells_rows_and_ends_with_the_prediction(server: Server, path: str) -> None:
    answer = server.request("GET", f"{path}/events", Accept=EVENT_STREAM)
    told = answer.content.decode()
    assert f'"rows": {ROWS}, "total": {ROWS}' in told
    assert '"kind": "succeeded"' in told


def test_a_wait_answers_with_the_prediction(server: Server, path: str) -> None:
    asked = {"model": "iris", "data": {"builtin": "iris"}}
    answer = server.request("POST", "/v1/predictions", asked, Prefer="wait=0")
    assert (answer.status, answer.json["state"]) == (202, "queued")
    cancelled = server.request("POST", f"{path.rpartition('/')[0]}/{answer.json['id']}/cancel", {})
    assert cancelled.json["state"] == "cancelled"
