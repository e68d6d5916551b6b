"""The samples in openapi.json, pasted into a shell one after the other, on a service that is quite new."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.stack import Stack, running_stack

FENCE = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)
STATUS = re.compile(r"^HTTP/1\.1 (\d{3}) ", re.MULTILINE)
TELLING = 'curl() { command curl -sS --dump-header "$HEADERS" "$@"; }\n'  # of the last of them, its status

pytestmark = pytest.mark.needs("curl")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The program as `make run` starts it, with nothing in it."""
    with running_stack(tmp_path_factory.mktemp("samples") / "var") as stack:
        yield stack


def test_every_sample_works_in_the_order_of_the_page(fresh: Stack, tmp_path: Path) -> None:
    described = fresh.get("/openapi.json")
    tags = [tag["name"] for tag in described["tags"]]
    operations = [
        (tags.index(about["tags"][0]), about)
        for item in described["paths"].values()
        for method, about in item.items()
        if method in {"get", "post", "put", "delete", "patch"}
    ]
    for _, about in sorted(operations, key=lambda operation: operation[0]):
        status, said = pasted(about["description"], tmp_path / "headers")
        expected = {int(described) for described in about["responses"] if described.startswith("2")}
        assert status in expected, (about["operationId"], said)
    assert fresh.get("/v1/models/iris")["metrics"]["test"]["accuracy"] == 0.8


def pasted(description: str, headers: Path) -> tuple[int, str]:
    """Run a description's sample in a shell of its own; return the status of its last answer, and what it says."""
    (sample,) = FENCE.findall(description)
    run = subprocess.run(
        ["sh", "-c", TELLING + sample],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HEADERS": str(headers)},
        capture_output=True,
        timeout=60,
        check=False,
        cwd=headers.parent,
    )
    assert run.returncode == 0, (sample, run)
    return int(STATUS.findall(headers.read_text())[-1]), f"{sample}\n{run.stdout!r}"
