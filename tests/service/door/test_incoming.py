"""Uploads over real connections: they may be larger than other bodies, come slowly, and break off."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.service.running import Server, read_until

SETTINGS = {"max_body_bytes": "2000", "max_upload_bytes": "3000000"}
POST = b"POST /v1/datasets HTTP/1.1\r\nHost: here\r\nContent-Type: text/csv\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ROWS = b"a,b\n" + b"1,2\n" * 500_000


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def files(server: Server) -> list[Path]:
    return list(server.database.blob_dir.glob("**/*"))


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: %d\r\n\r\n%s" % (len(ROWS), ROWS),
        CHUNKED + chunk(ROWS[:70_000]) + chunk(ROWS[70_000:]) + chunk(b""),
    ],
    ids=["by its length", "chunked"],
)
def test_an_upload_may_be_larger_than_other_bodies(server: Server, sent: bytes) -> None:
    with closing(server.send(POST, sent)) as connection:
        assert b'"rows":500000' in read_until(connection, b'"created_at"')


def test_an_upload_that_says_it_is_too_large_is_413_at_once(server: Server) -> None:
    with closing(server.send(POST, b"Content-Length: 3000001\r\n\r\na,b\n")) as connection:
        assert read_until(connection, b"3,000,000 bytes").startswith(b"HTTP/1.1 413")


def test_an_upload_that_becomes_too_large_is_413_before_its_end(server: Server) -> None:
    with closing(server.send(POST, CHUNKED, chunk(ROWS), chunk(ROWS[: 3_000_001 - len(ROWS)]))) as connection:
        assert read_until(connection, b"3,000,000 bytes").startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 100\r\n\r\nc,d\n1,2\n", CHUNKED + chunk(b"c,d\n1,2\n")], ids=["by its length", "chunked"]
)
def test_an_upload_that_breaks_off_leaves_nothing(server: Server, sent: bytes) -> None:
    before, kept = server.request("GET", "/v1/datasets").json["data"], files(server)
    for _ in range(4):  # whichever process takes them
        server.send(POST, sent).close()
    assert [server.request("GET", "/v1/datasets").json["data"] for _ in range(20)] == [before] * 20
    assert files(server) == kept


def test_an_upload_that_pauses_goes_on(server: Server) -> None:
    with closing(server.send(POST, CHUNKED, chunk(b"e,f\n1,"))) as connection:
        assert server.request("GET", "/healthz/live").status == 200
        connection.sendall(chunk(b"2\n") + chunk(b""))
        assert b'"rows":1' in read_until(connection, b'"created_at"')


def test_slow_uploads_keep_nobody_waiting(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(closing(server.send(POST, b"Content-Length: 100\r\n\r\ng,h")))
        assert [server.request("GET", "/healthz/ready").status for _ in range(20)] == [200] * 20
