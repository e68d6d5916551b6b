import threading

import pytest
from sqlalchemy import update

from backprop.errors import ConflictError
from backprop.store import datasets, retention
from backprop.store.database import Database, clock
from backprop.store.datasets import NewDataset
from backprop.store.jobs import reading, requests, submissions
from backprop.store.jobs.reading import JobFilter, JobView
from backprop.store.jobs.submissions import Submission
from backprop.store.tables import Dataset, IdempotencyKey
from tests.backprop.store.situations import OWNER, SPEC, Submit

ROWS = NewDataset(b"rows", "cd" * 32, {"rows": 3})


def keyed(key: str, epochs: int = 10) -> Submission:
    return Submission({**SPEC, "epochs": epochs}, epochs, idempotency_key=key)


def age(database: Database, table: type[IdempotencyKey | Dataset], days: float) -> None:
    with database.writing() as session:
        session.execute(update(table).values(created_at=clock() - days * 86400))


def test_a_job_is_named_after_its_id_where_it_has_no_name(submit: Submit) -> None:
    job = submit()
    assert job.name == job.id
    assert job.spec == {**SPEC, "name": job.id}
    assert submit(name="iris").name == "iris"


def test_the_same_key_and_spec_is_the_same_job(database: Database) -> None:
    first, created = submissions.submit(database, OWNER, keyed("k"))
    again, created_again = submissions.submit(database, OWNER, keyed("k"))
    assert (first.id, created, created_again) == (again.id, True, False)
    assert len(reading.page(database, OWNER, JobFilter()).items) == 1


def test_the_same_key_with_another_spec_is_refused(database: Database) -> None:
    submissions.submit(database, OWNER, keyed("k"))
    with pytest.raises(ConflictError) as refused:
        submissions.submit(database, OWNER, keyed("k", epochs=11))
    assert refused.value.code == "idempotency_key_reused"


def test_a_key_belongs_to_its_owner(database: Database) -> None:
    one = submissions.submit(database, "one", keyed("k"))[0]
    other, created = submissions.submit(database, "other", keyed("k"))
    assert created
    assert other.id != one.id


def test_a_key_sent_many_times_at_once_makes_one_job(database: Database) -> None:
    results: list[tuple[JobView, bool]] = []
    threads = [
        threading.Thread(target=lambda: results.append(submissions.submit(database, OWNER, keyed("k"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job, _ in results}) == 1
    assert sorted(created for _, created in results) == [False] * 7 + [True]


def test_a_key_outlives_a_day_as_long_as_its_job(database: Database) -> None:
    job = submissions.submit(database, OWNER, keyed("k"))[0]
    age(database, IdempotencyKey, days=2)
    retention.sweep(database)
    assert submissions.submit(database, OWNER, keyed("k"))[1] is False
    requests.cancel(database, OWNER, job.id)
    requests.delete(database, OWNER, job.id)
    with pytest.raises(ConflictError) as refused:
        submissions.submit(database, OWNER, keyed("k"))
    assert refused.value.code == "idempotency_key_spent"
    retention.sweep(database)
    assert submissions.submit(database, OWNER, keyed("k"))[1] is True


def test_inline_rows_are_stored_once_and_named_by_the_spec(database: Database, submit: Submit) -> None:
    jobs = [submit(spec={"data": {}}, dataset=ROWS) for _ in range(2)]
    specs = [job.spec for job in jobs]
    assert specs[0] is not None
    assert specs[1] is not None
    assert specs[0]["data"] == specs[1]["data"]
    dataset_id = specs[0]["data"]["dataset"]
    assert datasets.content(database, OWNER, dataset_id) == b"rows"
    assert datasets.show(database, OWNER, dataset_id).description == {"rows": 3}


def test_inline_rows_go_when_nothing_names_them(database: Database, submit: Submit) -> None:
    job = submit(spec={"data": {}}, dataset=ROWS)
    age(database, Dataset, days=1)
    retention.sweep(database)
    assert job.spec is not None
    assert datasets.content(database, OWNER, job.spec["data"]["dataset"]) == b"rows"
    requests.cancel(database, OWNER, job.id)
    requests.delete(database, OWNER, job.id)
    retention.sweep(database)
    with database.reading() as session:
        assert session.query(Dataset).count() == 0


def test_lists_are_pages_of_the_newest_first(database: Database, submit: Submit) -> None:
    made = [submit(name="even" if number % 2 == 0 else "odd").id for number in range(7)]
    newest = list(reversed(made))
    first = reading.page(database, OWNER, JobFilter(limit=3))
    assert [job.id for job in first.items] == newest[:3]
    assert first.next == newest[2]
    rest = reading.page(database, OWNER, JobFilter(limit=4, after=first.next))
    assert [job.id for job in rest.items] == newest[3:]
    assert rest.next is None
    requests.cancel(database, OWNER, made[0])
    cancelled = reading.page(database, OWNER, JobFilter(states=("cancelled",)))
    assert [job.id for job in cancelled.items] == [made[0]]
    assert [job.name for job in reading.page(database, OWNER, JobFilter(name="odd")).items] == ["odd"] * 3
    assert all(job.spec is None for job in first.items)


def test_a_queued_job_knows_its_place_and_what_it_waits_for(database: Database, submit: Submit) -> None:
    ids = [submit().id, submit().id, submit(priority=-5).id]
    places = {job.id: job.progress.queue_position for job in reading.page(database, OWNER, JobFilter()).items}
    assert [places[job_id] for job_id in ids] == [1, 2, 0]
    assert reading.show(database, OWNER, ids[1]).progress.queue_position == 2
    assert reading.show(database, OWNER, ids[1]).waiting_for == "worker"
