"""Whatever a row holds, its answer has the same bits alone and in any batch, from its cells to its probabilities."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop.store.database import Database
from service.app import create_app
from service.predicting.asking import Asked, answer
from service.predicting.predictors import LoadedModel, Predictors
from tests.service.harness import Service, settings_for

CSV = """grams,skin,ripe,picked,kind
150.5,smooth,true,2030-01-01T08:00:00Z,apple
170,smooth,false,2030-03-02T09:00:00Z,apple
140,rough,true,2030-11-03T20:00:00Z,orange
,rough,,2030-07-04T07:00:00Z,orange
135,,false,,orange
"""
PARTS = ("predictions", "outputs", "probabilities", "logits", "top_k")
ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(-1e6, 1e6),
        st.sampled_from([None, "smooth", "rough"]),
        st.sampled_from([None, True, False]),
        st.none() | st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    ).map(list),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module", params=["float32", "float64"])
def model(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> LoadedModel:
    """A model of numbers, texts, booleans and times with gaps."""
    folder = tmp_path_factory.mktemp("bits")
    path = folder / "backprop.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", folder / "blobs")
    app = create_app(settings_for(f"sqlite:///{path}"), database, lambda: None)
    service = Service(app.test_client(), database)
    dataset: Any = service.client.post("/v1/datasets", data=CSV, content_type="text/csv")
    preprocessing = {"indicators": True}
    training = {"epochs": 5, "dtype": request.param}
    job = {"data": {"dataset": dataset.json["id"]}, "target": "kind", "preprocessing": preprocessing}
    service.train(name="fruit", training=training, **job)
    return Predictors(database).find("local", "fruit")


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_alone_and_in_any_batch(model: LoadedModel, rows: list[Any]) -> None:
    together = answer(model, Asked(rows, PARTS))
    for place, row in enumerate(rows):
        alone = answer(model, Asked([row], PARTS))
        assert {part: alone[part][0] for part in PARTS} == {part: together[part][place] for part in PARTS}
