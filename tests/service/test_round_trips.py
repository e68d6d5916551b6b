"""Any table comes back from an upload as it was, and a model says the same of its rows as records and as arrays."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import ipc, parquet

from backprop.data import Encoding, table_of
from backprop.nn import Predictor
from backprop.store import datasets, models
from backprop.trained import flat_parameters
from tests.service.harness import Service

Columns = dict[str, list[Any]]
NAMES = ["n", "whole", "text", "flag", "at"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8).map(lambda text: f"t{text}")
TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z")
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "n": st.floats(allow_nan=False, allow_infinity=False, width=64).map(lambda number: number + 0.0),
    "whole": st.integers(-(2**53), 2**53),
    "text": TEXTS,
    "flag": st.booleans(),
    "at": TIMES,
}
FEW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def tables(draw: st.DrawFn) -> Columns:
    rows = draw(st.integers(1, 6))
    gappy = {name: st.lists(st.none() | kind, min_size=rows, max_size=rows) for name, kind in KINDS.items()}
    # A first value in each column, so that its kind can be told.
    return {name: [draw(KINDS[name]), *draw(values)[1:]] for name, values in gappy.items()}


def as_csv(columns: Columns) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(columns)
    rows = zip(*columns.values(), strict=True)
    writer.writerows([cell if isinstance(cell, str | None) else json.dumps(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def as_rows(columns: Columns) -> bytes:
    return json.dumps({"columns": list(columns), "rows": list(zip(*columns.values(), strict=True))}).encode()


def as_lines(columns: Columns) -> bytes:
    rows = zip(*columns.values(), strict=True)
    return b"".join(json.dumps(dict(zip(columns, row, strict=True))).encode() + b"\n" for row in rows)


def as_table(columns: Columns) -> Any:
    kinds = {"n": pa.float64(), "whole": pa.int64(), "text": pa.string(), "flag": pa.bool_(), "at": pa.string()}
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in columns.items()})
    at = table.column("at").cast(pa.timestamp("us", "UTC"))
    return table.set_column(table.schema.get_field_index("at"), "at", at)


def as_parquet(columns: Columns) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(as_table(columns), buffer)
    return buffer.getvalue()


def as_arrow(columns: Columns) -> bytes:
    buffer = io.BytesIO()
    table = as_table(columns)
    with ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


FORMATS: Sequence[tuple[str, Callable[[Columns], bytes]]] = (
    ("text/csv", as_csv),
    ("application/json", as_rows),
    ("application/x-ndjson", as_lines),
)


def rows_of(service: Service, content: bytes, media_type: str) -> list[list[Any]]:
    query = "?delimiter=,&quote=%22&header=true" if media_type == "text/csv" else ""
    answer: Any = service.client.post(f"/v1/datasets{query}", data=content, content_type=media_type)
    assert answer.status_code in {200, 201}, answer.json
    rows: list[list[Any]] = service.get(f"/v1/datasets/{answer.json['id']}/rows").json["rows"]
    return rows


def instant(text: Any) -> Any:
    return text if text is None else np.datetime64(text.removesuffix("Z"), "us")


def known(columns: Columns) -> list[list[Any]]:
    return [[*row[:-1], instant(row[-1])] for row in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize(("media_type", "written"), FORMATS, ids=["csv", "json", "json lines"])
@FEW
@given(columns=tables())
def test_any_table_survives_an_upload(
    service: Service, media_type: str, written: Callable[[Columns], bytes], columns: Columns
) -> None:
    found = rows_of(service, written(columns), media_type)
    assert [[*row[:-1], instant(row[-1])] for row in found] == known(columns)


@pytest.mark.parametrize(
    ("media_type", "written"),
    [("application/vnd.apache.parquet", as_parquet), ("application/vnd.apache.arrow.stream", as_arrow)],
    ids=["parquet", "arrow"],
)
@settings(FEW, max_examples=4)  # each in a process of its own
@given(columns=tables())
def test_any_typed_table_survives_an_upload(
    service: Service, media_type: str, written: Callable[[Columns], bytes], columns: Columns
) -> None:
    found = rows_of(service, written(columns), media_type)
    assert [[*row[:-1], instant(row[-1])] for row in found] == known(columns)


@pytest.mark.parametrize("categorical", ["one_hot", "ordinal"])
def test_training_rows_as_raw_records_are_predicted_as_the_engine_does_their_arrays(
    service: Service, categorical: str
) -> None:
    random = np.random.RandomState(0)
    columns: Columns = {
        "size": [None if n % 9 == 0 else float(value) for n, value in enumerate(random.standard_normal(60))],
        "town": [None if n % 7 == 0 else "abc"[n % 3] for n in range(60)],
        "new": [n % 2 == 0 for n in range(60)],
        "at": [f"2024-{1 + n % 12:02}-{1 + n % 28:02}T{n % 24:02}:00:00Z" for n in range(60)],
        "y": [f"class {n % 3}" for n in range(60)],
    }
    answer: Any = service.client.post("/v1/datasets", data=as_lines(columns), content_type="application/x-ndjson")
    data, how = {"dataset": answer.json["id"]}, {"categorical": categorical, "indicators": True}
    job = service.train(name="m", data=data, target="y", preprocessing=how, training={"epochs": 3})
    names = list(columns)
    records = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    found = service.post("/v1/models/m/predict", {"instances": records}).json["outputs"]
    view = models.show(service.database, "local", job["model"]["id"])
    network, flat = flat_parameters(service.database, "local", view)
    table = table_of(datasets.content(service.database, "local", answer.json["id"]))
    x = Encoding.from_json(view.encoding).encode_table(table, np.arange(table.rows))
    assert found == Predictor(network, flat).outputs(x).tolist()
