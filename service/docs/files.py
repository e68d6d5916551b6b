"""The files that the pages are made of: Swagger UI as the package flask-swagger-ui ships it, and our own beside it.

Their addresses change with what they hold, so that browsers may keep them for good.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LEVEL = 6  # a percent more than at 9, in two thirds of the time
FOLDERS: Mapping[str, str] = {"flask_swagger_ui": "dist", "service.docs": "static"}
FILES: Mapping[str, tuple[str, str]] = {
    "swagger-ui-bundle.js": ("flask_swagger_ui", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("flask_swagger_ui", "text/css; charset=utf-8"),
    "favicon-32x32.png": ("flask_swagger_ui", "image/png"),
    "page.js": ("service.docs", "text/javascript; charset=utf-8"),
    "page.css": ("service.docs", "text/css; charset=utf-8"),
}


@dataclass(frozen=True)
class File:
    """A file: its content as it is and as gzip makes it smaller, and its content type."""

    content: bytes
    zipped: bytes
    content_type: str


@cache
def load() -> Mapping[str, File]:
    """Return the files by name, read once a process."""
    return {name: _read(name, package, content_type) for name, (package, content_type) in FILES.items()}


@cache
def version() -> str:
    """Return what changes when any of the files does."""
    digest = hashlib.sha256()
    for file in load().values():
        digest.update(file.content)
    return digest.hexdigest()[:12]


def _read(name: str, package: str, content_type: str) -> File:
    content = (files(package) / FOLDERS[package] / name).read_bytes()
    return File(content, gzip.compress(content, LEVEL, mtime=0), content_type)
