"""Large blobs in a folder, and as objects by fsspec: in memory, in another folder, in a server that speaks S3."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from backprop.errors import SettingsError
from backprop.settings import settings_from
from backprop.store import blobs, datasets
from backprop.store.database import Database, DatabaseDownError
from backprop.store.datasets import NewUpload
from backprop.store.files import UNUSED_SECONDS, Files, Objects, files_of
from backprop.store.pages import NameFilter
from tests.service.test_main import free_port

OWNER = "ann"
LARGE = os.urandom(blobs.COLUMN_BYTES + 1)
STORAGES = ["folder", "memory", "file", "s3"]


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a running server that speaks S3."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    yield address
    server.terminate()
    server.wait()


@pytest.fixture(params=STORAGES)
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The URL of an empty storage; None for the folder that there is without one."""
    if request.param == "folder":
        return None
    if request.param == "memory":
        return f"memory://{tmp_path}/objects"
    if request.param == "file":
        return f"file://{tmp_path}/objects"
    given = {"ENDPOINT_URL": request.getfixturevalue("s3"), "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}
    for name, value in (given | {"DEFAULT_REGION": "us-east-1"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir(tmp_path.name.replace("_", "-").lower())
    return f"s3://{tmp_path.name.replace('_', '-').lower()}/objects"


@pytest.fixture
def files(url: str | None, tmp_path: Path) -> Files:
    return files_of(url, tmp_path / "here")


@pytest.fixture
def database(database_url: str, files: Files) -> Iterator[Database]:
    database = Database(database_url, files)
    yield database
    database.close()


def add(database: Database, content: bytes = LARGE) -> str:
    return datasets.add(database, OWNER, NewUpload(io.BytesIO(content), "digest", None, {"columns": []}, []))[0].id


def names(files: Files) -> list[str]:
    return sorted(name for name, _ in files.names())


def test_a_large_dataset_is_a_file_that_goes_with_it(database: Database, files: Files) -> None:
    dataset = add(database)
    assert len(names(files)) == 1
    assert datasets.content(database, OWNER, dataset)[:] == LARGE
    assert datasets.content(database, OWNER, dataset)[:] == LARGE, "once it has been fetched, too"
    datasets.delete(database, OWNER, dataset)
    assert names(files) == []
    assert [path for path in files.folder.rglob("*") if path.is_file()] == []


def test_a_large_blob_is_read_whole_and_verified(database: Database, files: Files) -> None:
    with database.writing() as session:
        blob = blobs.put(database, session, LARGE)
    with database.reading() as session:
        assert blobs.get(database, session, blob) == LARGE
        (name,) = names(files)
        files.remove(name)
        files.write(name, io.BytesIO(b"rotten"))
        with pytest.raises(blobs.DamagedBlobError):
            blobs.get(database, session, blob)
        files.remove(name)
        with pytest.raises(blobs.DamagedBlobError):
            blobs.get(database, session, blob)
        with pytest.raises(blobs.DamagedBlobError):
            blobs.buffer(database, session, blob)


def test_a_transaction_that_is_not_committed_leaves_no_file_that_stays(database: Database, files: Files) -> None:
    def break_off() -> None:
        with blobs.staged(database, io.BytesIO(LARGE)):
            assert len(names(files)) == 1, "it is there before a transaction begins"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert names(files) == []


def test_a_file_that_no_row_names_is_swept_once_no_transaction_can_be_about_to(
    database: Database, files: Files
) -> None:
    kept = add(database)
    files.write("ab/abc-blob_0", io.BytesIO(b"left behind"))
    assert blobs.sweep(database) == 0
    assert blobs.sweep(database, seconds=-3600) == 1
    assert datasets.content(database, OWNER, kept)[:] == LARGE


def test_what_was_fetched_is_swept_once_it_has_not_been_used_for_long(tmp_path: Path) -> None:
    files = Objects(f"file://{tmp_path}/objects", tmp_path / "here")
    files.write("ab/abc-blob_0", io.BytesIO(b"rows"))
    mapped = files.map("ab/abc-blob_0")
    (fetched,) = (path for path in files.folder.rglob("*") if path.is_file())
    files.sweep()
    assert fetched.exists()
    os.utime(fetched, (0, time.time() - UNUSED_SECONDS - 1))
    files.sweep()
    assert not fetched.exists()
    assert mapped[:] == b"rows", "who has mapped it keeps it"
    assert files.map("ab/abc-blob_0")[:] == b"rows", "it is fetched again"


def test_a_storage_out_of_reach_is_an_outage(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("no folder")
    database = Database(database_url, Objects(f"file://{tmp_path}/objects", tmp_path / "here"))
    with pytest.raises(DatabaseDownError, match="out of reach"):
        add(database)
    assert datasets.page(database, OWNER, NameFilter()).items == []
    database.close()


@pytest.mark.parametrize("url", ["bucket", "nowhere://bucket"])
def test_a_storage_that_there_is_not_is_no_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="BACKPROP_STORAGE_URL"):
        settings_from({"BACKPROP_STORAGE_URL": url})
