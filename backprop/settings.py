"""The settings, frozen, read from a mapping that an entry module hands in; the only list of their names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import fsspec

from backprop.errors import SettingsError

GIB = 2**30
OTHERS = {"url", "test_database_url", "test_broker_url", "test_browser"}  # the command line's and the tests'


@dataclass(frozen=True)
class Settings:
    """What one process needs to know of its surroundings; sizes in bytes, times in seconds."""

    data_dir: Path
    database_url: str
    broker_url: str | None
    storage_url: str | None
    host: str
    port: int
    concurrency: int
    slice_seconds: float
    lease_seconds: float
    max_body_bytes: int
    max_upload_bytes: int
    max_dataset_bytes: int
    max_shelf_bytes: int
    max_job_bytes: int
    max_job_flops: float
    api_key: str | None

    @property
    def blob_dir(self) -> Path:
        """The folder of large blobs."""
        return self.data_dir / "blobs"

    @property
    def shelf_dir(self) -> Path:
        """The folder of encoded rows that this machine's workers share."""
        return self.data_dir / "rows"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Return the settings that `BACKPROP_*` variables name, with defaults for the rest.

    Raises SettingsError with one line that names the variable, its value and what it takes.
    """
    unknown = sorted(set(_given(environ)) - {field.name for field in fields(Settings)} - OTHERS)
    if unknown:
        raise SettingsError(f"BACKPROP_{unknown[0].upper()} is no setting of this program")
    data_dir = Path(environ.get("BACKPROP_DATA_DIR") or "var").absolute()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    concurrency = int(_number(environ, "concurrency", cores, at_least=1))
    memory = int(min(4 * GIB, 0.6 * available_memory() / concurrency))
    return Settings(
        data_dir=data_dir,
        database_url=environ.get("BACKPROP_DATABASE_URL") or f"sqlite:///{data_dir / 'backprop.sqlite'}",
        broker_url=environ.get("BACKPROP_BROKER_URL") or None,
        storage_url=_storage_url(environ),
        host=environ.get("BACKPROP_HOST") or "127.0.0.1",
        port=int(_number(environ, "port", 8000, at_least=1, at_most=65535)),
        concurrency=concurrency,
        slice_seconds=_number(environ, "slice_seconds", 10, at_least=0.01),
        lease_seconds=_number(environ, "lease_seconds", 60, at_least=0.5),
        max_body_bytes=int(_number(environ, "max_body_bytes", 64 * 2**20, at_least=1024)),
        max_upload_bytes=int(_number(environ, "max_upload_bytes", 4 * GIB, at_least=1024)),
        max_dataset_bytes=int(_number(environ, "max_dataset_bytes", 16 * GIB, at_least=1024)),
        max_shelf_bytes=int(_number(environ, "max_shelf_bytes", 16 * GIB, at_least=0)),
        max_job_bytes=int(_number(environ, "max_job_bytes", memory, at_least=1)),
        max_job_flops=_number(environ, "max_job_flops", 1e16, at_least=1),
        api_key=environ.get("BACKPROP_API_KEY") or None,
    )


def _given(environ: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("BACKPROP_").lower() for name in environ if name.startswith("BACKPROP_")]


def _storage_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("BACKPROP_STORAGE_URL") or None
    if url is not None:
        try:
            fsspec.get_filesystem_class(url.partition("://")[0] if "://" in url else url)
        except (ImportError, ValueError) as error:
            detail = f"BACKPROP_STORAGE_URL is {url!r}; it takes a URL such as s3://bucket/prefix: {error}"
            raise SettingsError(detail) from error
    return url


def _number(
    environ: Mapping[str, str], name: str, default: float, *, at_least: float, at_most: float = float("inf")
) -> float:
    variable = f"BACKPROP_{name.upper()}"
    text = environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise SettingsError(f"{variable} is {text!r}; it takes a number") from error
    if not at_least <= value <= at_most:
        raise SettingsError(f"{variable} is {text}; it takes a number from {at_least:g} to {at_most:g}")
    return value


def available_memory() -> int:
    """Return the bytes of memory this process may use: the machine's, or its cgroup's limit where that is lower."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [physical]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(path).read_text().strip() if Path(path).exists() else "max"
        if text != "max":
            limits.append(int(text))
    return min(limits)
