"""Bodies over the limit: 413 before they are read where they say how long they are, and else as soon as it shows."""

from contextlib import closing
from itertools import repeat

import pytest

from tests.hostile.conftest import MOST_BYTES
from tests.hostile.wire import PROBE, TARGETS, chunked, exchange, get, head, post, received, send
from tests.service.running import Server

ENDLESS = 2**40
MEGABYTE = b" " * 2**20


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("length", [MOST_BYTES + 1, 2**63 - 1])
def test_a_length_over_the_limit_is_refused_before_a_byte_of_the_body(server: Server, target: str, length: int) -> None:
    sent = head(TARGETS[target], b"Content-Type: application/json", b"Content-Length: %d" % length)
    assert exchange(server, sent).statuses == [413]


def test_who_asks_whether_to_send_is_told_not_to(server: Server) -> None:
    sent = head(TARGETS["submit"], b"Expect: 100-continue", b"Content-Length: %d" % (MOST_BYTES + 1))
    assert exchange(server, sent).statuses == [413]


@pytest.mark.parametrize("target", TARGETS)
def test_chunks_are_refused_at_the_byte_that_is_too_much(server: Server, target: str) -> None:
    chunk = b"%x\r\n%s" % (MOST_BYTES + 1, b" " * (MOST_BYTES + 1))
    assert exchange(server, chunked(chunk, to=TARGETS[target])).statuses == [413], "its end was not waited for"


@pytest.mark.parametrize("to", [TARGETS["submit"], TARGETS["nowhere"]])
def test_a_body_without_end_is_cut_off(server: Server, to: bytes) -> None:
    sent = chunked(b"%x\r\n" % ENDLESS, to=to)
    with closing(server.send(sent)) as connection:
        assert send(connection, repeat(MEGABYTE, 200)) < 100 * len(MEGABYTE), "what the system's buffers take, no more"
        assert received(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_at_the_limit_is_read(server: Server) -> None:
    blanks = b" " * MOST_BYTES
    sent = post(blanks) + chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (MOST_BYTES, blanks))
    assert exchange(server, sent, PROBE).statuses == [400, 400, 200]


def test_what_stands_in_a_refused_body_is_no_request(server: Server) -> None:
    sent = head(TARGETS["submit"], b"Content-Length: %d" % (MOST_BYTES + 1))
    assert exchange(server, sent + get() * 3).statuses == [413]
