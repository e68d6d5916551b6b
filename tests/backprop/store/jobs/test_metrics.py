import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backprop.store.database import Database
from backprop.store.jobs import metrics
from backprop.store.jobs.metrics import CHUNK_EPOCHS, NewMetrics
from backprop.store.tables import MetricsChunk
from tests.backprop.store.situations import Submit


def write(database: Database, job_id: str, first: int, count: int) -> None:
    values = np.arange(first, first + count, dtype=np.float64)
    with database.writing() as session:
        metrics.append(session, job_id, NewMetrics(first, {"loss": values * 2, "seconds": values / 7}))


def chunks(database: Database) -> list[int]:
    with database.reading() as session:
        return [chunk.count for chunk in session.query(MetricsChunk).order_by(MetricsChunk.first_epoch)]


def test_slow_epochs_share_a_chunk_and_many_make_new_ones(database: Database, submit: Submit) -> None:
    job = submit()
    for epoch in range(1, 6):
        write(database, job.id, epoch, 1)
    assert chunks(database) == [5]
    write(database, job.id, 6, CHUNK_EPOCHS)
    write(database, job.id, 6 + CHUNK_EPOCHS, 3)
    assert chunks(database) == [5 + CHUNK_EPOCHS, 3]


def test_a_million_epochs_are_few_rows_and_a_thousand_points(database: Database, submit: Submit) -> None:
    job = submit(epochs=1_000_000)
    for first in range(1, 1_000_000, 50_000):
        write(database, job.id, first, 50_000)
    assert len(chunks(database)) == 20
    columns = metrics.read(database, job.id, max_points=1000)
    assert 900 < len(columns["epoch"]) <= 1000
    assert columns["epoch"][[0, -1]].tolist() == [1, 1_000_000]
    assert np.array_equal(columns["loss"], columns["epoch"] * 2)


def test_what_only_some_epochs_have_is_kept_where_epochs_are_left_out(database: Database, submit: Submit) -> None:
    job = submit(epochs=5000)
    measured = np.full(5000, np.nan)
    measured[::25] = np.linspace(0, 0.5, 200)
    measured[2500] = 0.9
    columns = {"loss": np.linspace(1, 0, 5000), "f1_macro": measured, "seconds": np.arange(5000.0)}
    with database.writing() as session:
        metrics.append(session, job.id, NewMetrics(1, columns))
    kept = metrics.read(database, job.id, max_points=200)
    assert len(kept["epoch"]) <= 200
    assert np.count_nonzero(np.isfinite(kept["f1_macro"])) > 60
    assert kept["f1_macro"][kept["epoch"] == 2501].tolist() == [0.9]


def test_no_metrics_are_an_empty_column(database: Database, submit: Submit) -> None:
    assert metrics.read(database, submit().id)["epoch"].tolist() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.sampled_from([1, 3, CHUNK_EPOCHS - 1, CHUNK_EPOCHS, 2500]), min_size=1, max_size=5),
    data=st.data(),
)
def test_what_was_written_is_read_from_anywhere_and_cut_anywhere(
    database: Database, submit: Submit, sizes: list[int], data: st.DataObject
) -> None:
    job, last = submit(), 0
    for size in sizes:
        write(database, job.id, last + 1, size)
        last += size
    since = data.draw(st.integers(0, last))
    columns = metrics.read(database, job.id, since)
    assert columns["epoch"].tolist() == list(range(since + 1, last + 1))
    keep = data.draw(st.integers(0, last))
    with database.writing() as session:
        metrics.truncate(session, job.id, keep)
    write(database, job.id, keep + 1, 2)
    columns = metrics.read(database, job.id)
    assert columns["epoch"].tolist() == list(range(1, keep + 3))
    assert np.array_equal(columns["loss"], columns["epoch"] * 2)
    assert np.array_equal(columns["seconds"], columns["epoch"] / 7)


def test_health_is_read_by_itself_and_only_of_epochs_that_were_looked_at(database: Database, submit: Submit) -> None:
    job = submit()
    health = {"gradient_norm 1": np.array([np.nan, 0.5, np.nan]), "idle 1": np.array([np.nan, 0.25, np.nan])}
    with database.writing() as session:
        metrics.append(session, job.id, NewMetrics(1, {"loss": [3.0, 2.0, 1.0]}, health))
    with database.writing() as session:
        metrics.append(session, job.id, NewMetrics(4, {"loss": [0.5, 0.25]}))
    assert {name: column.tolist() for name, column in metrics.read(database, job.id).items()} == {
        "epoch": [1, 2, 3, 4, 5],
        "loss": [3.0, 2.0, 1.0, 0.5, 0.25],
    }
    assert {name: column.tolist() for name, column in metrics.health(database, job.id).items()} == {
        "epoch": [2],
        "gradient_norm 1": [0.5],
        "idle 1": [0.25],
    }
    with database.writing() as session:
        metrics.truncate(session, job.id, 1)
    assert metrics.health(database, job.id)["epoch"].tolist() == []
