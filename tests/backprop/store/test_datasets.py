"""Datasets are kept once, listed, and stay for as long as something names them."""

import io
from pathlib import Path
from typing import Any

import pytest

from backprop.errors import ConflictError, NotFoundError
from backprop.store import blobs, datasets
from backprop.store.database import Database
from backprop.store.datasets import NewUpload
from backprop.store.jobs import requests, submissions
from backprop.store.jobs.submissions import Submission
from backprop.store.pages import NameFilter

OWNER = "ann"
LARGE = b"x" * (blobs.COLUMN_BYTES + 1)


def upload(content: bytes = b"rows", digest: str = "d", name: str | None = None) -> NewUpload:
    return NewUpload(io.BytesIO(content), digest, name, {"rows": 1, "columns": []}, [{"name": "a"}])


def submit(database: Database, dataset_id: str) -> str:
    spec: dict[str, Any] = {"data": {"dataset": dataset_id}}
    job, _ = submissions.submit(database, OWNER, Submission(spec, epochs=1))
    return job.id


def files(database: Database) -> list[Path]:
    return list(database.blob_dir.glob("??/*"))


@pytest.mark.parametrize("content", [b"rows", LARGE], ids=["small", "large"])
def test_an_upload_is_kept_once(database: Database, content: bytes) -> None:
    first, is_new = datasets.add(database, OWNER, upload(content))
    again, is_new_again = datasets.add(database, OWNER, upload(content))
    assert (is_new, is_new_again, first.id) == (True, False, again.id)
    assert datasets.content(database, OWNER, first.id)[:] == content
    assert len(files(database)) == (len(content) > blobs.COLUMN_BYTES)
    assert datasets.show(database, OWNER, first.id).statistics == [{"name": "a"}]


def test_an_upload_belongs_to_its_owner(database: Database) -> None:
    mine, _ = datasets.add(database, OWNER, upload())
    theirs, is_new = datasets.add(database, "bob", upload())
    assert (is_new, mine.id == theirs.id) == (True, False)
    with pytest.raises(NotFoundError):
        datasets.show(database, "bob", mine.id)


def test_uploads_are_listed_the_newest_first_and_by_name(database: Database) -> None:
    ids = [datasets.add(database, OWNER, upload(digest=str(n), name=f"n{n % 2}"))[0].id for n in range(4)]
    page = datasets.page(database, OWNER, NameFilter(limit=3))
    assert [item.id for item in page.items] == ids[:0:-1]
    assert [item.id for item in datasets.page(database, OWNER, NameFilter(after=page.next)).items] == ids[:1]
    assert [item.id for item in datasets.page(database, OWNER, NameFilter(name="n1")).items] == [ids[3], ids[1]]


def test_a_dataset_is_deleted_with_its_file(database: Database) -> None:
    kept, _ = datasets.add(database, OWNER, upload(LARGE))
    datasets.delete(database, OWNER, kept.id)
    assert files(database) == []
    with pytest.raises(NotFoundError):
        datasets.delete(database, OWNER, kept.id)


def test_a_dataset_stays_while_a_job_that_has_not_ended_names_it(database: Database) -> None:
    kept, _ = datasets.add(database, OWNER, upload())
    job_id = submit(database, kept.id)
    with pytest.raises(ConflictError, match=job_id):
        datasets.delete(database, OWNER, kept.id)
    requests.cancel(database, OWNER, job_id)
    datasets.delete(database, OWNER, kept.id)


def test_a_job_cannot_name_a_dataset_that_has_gone(database: Database) -> None:
    with pytest.raises(NotFoundError):
        submit(database, "ds_0")


def test_a_map_of_a_file_that_was_cut_is_refused(database: Database) -> None:
    kept, _ = datasets.add(database, OWNER, upload(LARGE))
    (path,) = files(database)
    path.write_bytes(LARGE[:-1])
    with pytest.raises(blobs.DamagedBlobError):
        datasets.content(database, OWNER, kept.id)
