"""Requests that are no proper HTTP, or too much of it: refused or cut off, and the next request is answered as ever."""

from contextlib import closing

import pytest

from tests.hostile.wire import HOST, PROBE, Exchange, chunked, exchange, get, head, post, received
from tests.service.running import Server, read_until

EMPTY = b"2\r\n{}\r\n0\r\n\r\n"  # an empty object in chunks
OK, NOTHING = 200, None

# What the server refuses, and closes: where a request ends is no longer sure.
CLOSED: dict[str, tuple[bytes, int | None]] = {
    "noise": (bytes(range(256)) * 16, 400),
    "a TLS handshake": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x01" * 160, 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", NOTHING),
    "HTTP/0.9": (b"GET /healthz/live\r\n\r\n", 400),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 400),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", 400),
    "a version in small letters": (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
    "no method": (head(b" /v1/jobs"), 400),
    "NUL in the method": (head(b"G\x00T /v1/jobs"), 400),
    "a method that is not ASCII": (head(b"\xff /v1/jobs"), 400),
    "no path": (head(b"GET "), 400),
    "a path without its slash": (get(b"healthz/live"), 400),
    "a blank in the path": (get(b"/v1/jobs /x"), 400),
    "NUL in the path": (get(b"/v1/jobs/\x00"), 400),
    "a path that is no UTF-8": (get(b"/v1/models/\xff"), 400),
    "an address without a host": (get(b"http:///healthz/live"), 400),
    "a path of 200,000": (get(b"/" + b"a" * 200_000), 431),
    "a query of 200,000": (get(b"/v1/jobs?name=" + b"a" * 200_000), 431),
    "a header of 200,000": (get(b"/", b"X: " + b"a" * 200_000), 431),
    "a name of 200,000": (get(b"/", b"a" * 200_000 + b": 1"), 431),
    "a thousand headers": (get(b"/", *(b"X-%d: 1" % number for number in range(1000))), 431),
    "a blank in a name": (get(b"/", b"X Y: 1"), 400),
    "a blank after a name": (get(b"/", b"Content-Length : 2"), 400),
    "NUL in a name": (get(b"/", b"X\x00: 1"), 400),
    "a name that is not ASCII": (get(b"/", b"X\xe9: 1"), 400),
    "brackets in a name": (get(b"/", b"X(Y): 1"), 400),
    "no name": (get(b"/", b": 1"), 400),
    "no colon": (get(b"/", b"X"), 400),
    "NUL in a value": (get(b"/", b"X: a\x00b"), 400),
    "a bare CR in a value": (get(b"/", b"X: a\rY: b"), 400),
    "a folded header": (get(b"/", b"X: a", b" b"), 400),
    "a length with a sign": (head(b"POST /v1/jobs", b"Content-Length: +2") + b"{}", 400),
    "a length below zero": (head(b"POST /v1/jobs", b"Content-Length: -1") + b"{}", 400),
    "a length in hexadecimal": (head(b"POST /v1/jobs", b"Content-Length: 0x2") + b"{}", 400),
    "a length that is no number": (head(b"POST /v1/jobs", b"Content-Length: two") + b"{}", 400),
    "an empty length": (head(b"POST /v1/jobs", b"Content-Length: ") + b"{}", 400),
    "a length beyond all integers": (head(b"POST /v1/jobs", b"Content-Length: 1" + b"0" * 30), 400),
    "two lengths": (head(b"POST /v1/jobs", b"Content-Length: 2", b"Content-Length: 3") + b"{}", 400),
    "a list of lengths": (head(b"POST /v1/jobs", b"Content-Length: 2, 2") + b"{}", 400),
    "a coding that is not the last": (head(b"POST /v1/jobs", b"Transfer-Encoding: chunked, gzip") + EMPTY, 400),
    "a coding that is none": (head(b"POST /v1/jobs", b"Transfer-Encoding: xchunked") + EMPTY, 400),
    "chunks in HTTP/1.0": (chunked(EMPTY).replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "a chunk's size that is no number": (chunked(b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk's size below zero": (chunked(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk's size beyond all integers": (chunked(b"f" * 17 + b"\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk without a size": (chunked(b"\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk longer than it says": (chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), 400),
    "a chunk's endless extension": (chunked(b"2;" + b"e" * 20_000 + b"\r\n{}\r\n0\r\n\r\n"), 400),
    "endless trailers": (chunked(b"2\r\n{}\r\n0\r\n" + b"X: 1\r\n" * 5000 + b"\r\n"), 400),
}

# What is answered as any other request is, on a connection that stays open for the next.
ANSWERED: dict[str, tuple[bytes, int]] = {
    "a whole address": (get(b"http://elsewhere/healthz/live"), OK),
    "a host and a port alone": (get(b"here:80"), 404),
    "an asterisk": (head(b"OPTIONS *"), 404),
    "CONNECT": (head(b"CONNECT here:443"), 404),
    "TRACE": (head(b"TRACE /v1/jobs"), 405),
    "a method that nobody knows": (head(b"BREW /v1/jobs"), 405),
    "a method of 10,000": (head(b"A" * 10_000 + b" /v1/jobs"), 405),
    "an escaped NUL": (get(b"/v1/jobs/a%00b"), 404),
    "dots": (get(b"/v1/../v1/jobs"), 404),
    "escaped dots": (get(b"/v1/jobs/%2e%2e/%2e%2e/etc/passwd"), 404),
    "dots escaped twice": (get(b"/v1/jobs/%252e%252e"), 404),
    "escaped slashes": (get(b"/v1/models/..%2f..%2fetc"), 404),
    "an overlong escape": (get(b"/v1/models/%c0%ae%c0%ae"), 404),
    "half an escape": (get(b"/v1/models/%"), 404),
    "an escaped line break": (get(b"/%0d%0aX-Odd:%201"), 404),
    "two slashes": (get(b"/v1//jobs"), 404),
    "two slashes at the start": (get(b"//healthz/live"), 404),
    "backslashes": (get(b"/v1\\jobs"), 404),
    "a slash at the end": (get(b"/v1/jobs/"), 404),
    "10,000 steps up": (get(b"/" + b"../" * 10_000), 404),
    "a query of 50,000": (get(b"/v1/jobs?" + b"a=1&" * 12_500), 422),
    "an escaped NUL in the query": (get(b"/v1/jobs?after=%00"), 422),
    "a query that is no UTF-8": (get(b"/v1/jobs?name=%ff"), 422),
    "no host": (b"GET /v1/jobs HTTP/1.1\r\n\r\n", 400),
    "two hosts": (get(b"/v1/jobs", b"Host: there"), 400),
    "a host that is none": (b"GET /v1/jobs HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a host that is not ASCII": (b"GET /v1/jobs HTTP/1.1\r\nHost: \xe9\r\n\r\n", 400),
    "a header of 60,000": (get(b"/v1/jobs", b"X: " + b"a" * 60_000), OK),
    "a length with an underscore": (get(b"/healthz/live", b"Content_Length: 100"), OK),
    "chunks with an underscore": (get(b"/healthz/live", b"Transfer_Encoding: chunked"), OK),
    "an upgrade to a web socket": (get(b"/healthz/live", b"Connection: Upgrade", b"Upgrade: websocket"), 400),
    "an upgrade to HTTP/2": (get(b"/v1/jobs", b"Connection: Upgrade", b"Upgrade: h2c"), OK),
    "the same length twice": (post(b"{}", b"Content-Length: 2"), 422),
    "a chunk with an extension": (chunked(b'2;a="b"\r\n{}\r\n0\r\n\r\n'), 422),
    "gzip before the chunks": (head(b"POST /v1/jobs", b"Transfer-Encoding: gzip, chunked") + EMPTY, 400),
    "chunks in chunks": (head(b"POST /v1/jobs", b"Transfer-Encoding: chunked, chunked") + EMPTY, 400),
    "an expectation that nobody knows": (post(b"{}", b"Expect: 200-ok"), 422),
    "a compressed body": (post(b"{}", b"Content-Encoding: gzip"), 415),
    "a body compressed in small letters or large": (post(b"{}", b"Content-Encoding: GZIP"), 415),
    "another type": (post(b"{}").replace(b"application/json", b"text/plain"), 415),
    "two types": (post(b"{}", b"Content-Type: text/plain"), 415),
    "UTF-16": (post('{"data": {}}'.encode("utf-16")), 400),
    "UTF-32": (post('{"data": {}}'.encode("utf-32")), 400),
    "a byte order mark": (post(b"\xef\xbb\xbf{}"), 400),
    "Latin-1": (post('{"name": "é"}'.encode("latin-1")), 400),
    "UTF-7": (post(b"+AHsAfQ-"), 400),
    "an overlong slash": (post(b'{"name": "\xc0\xaf"}'), 400),
    "a form in place of JSON": (post(b"data=iris"), 400),
}


@pytest.mark.parametrize("kind", CLOSED)
def test_what_is_no_request_is_refused_and_the_connection_closed(server: Server, kind: str) -> None:
    sent, status = CLOSED[kind]
    assert exchange(server, sent, PROBE).statuses == ([] if status is None else [status])
    assert exchange(server, PROBE).statuses == [OK]


@pytest.mark.parametrize("kind", ANSWERED)
def test_an_odd_request_is_answered_and_so_is_the_next(server: Server, kind: str) -> None:
    sent, status = ANSWERED[kind]
    assert exchange(server, sent, PROBE).statuses == [status, OK]


def test_requests_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    sent = get() + post(b"{}") + get(b"/nowhere") + chunked(EMPTY)
    assert exchange(server, sent * 5, PROBE).statuses == [200, 422, 404, 422] * 5 + [200]


def test_what_follows_a_broken_request_is_not_answered(server: Server) -> None:
    assert exchange(server, get() + b"\x00\r\n\r\n" + get(), PROBE).statuses == [200, 400]


def test_chunks_win_over_a_length_and_nothing_is_read_as_another_request(server: Server) -> None:
    hidden = get(b"/nowhere")
    sent = chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden), b"Content-Length: 4")
    assert exchange(server, sent, PROBE).statuses == [400], "and the connection is closed (RFC 9112, section 6.1)"


CHUNKED = chunked(b"")
BROKEN_OFF = {
    "at once": b"",
    "in its line": b"GET /healthz/li",
    "in its headers": PROBE[:-2],
    "in its body": post(b"{}", b"Content-Length: 20").replace(b"Content-Length: 2\r\n", b""),
    "between chunks": CHUNKED + b"2\r\n{}\r\n",
    "in a chunk": CHUNKED + b"f" * 16 + b"\r\n{}",
    "at its end": post(b"{}"),  # whole, and may be answered; but who closes its side early does not hear it
}


@pytest.mark.parametrize("where", BROKEN_OFF)
@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_a_client_that_closes_its_side_leaves_nothing_behind(server: Server, where: str, version: bytes) -> None:
    sent = BROKEN_OFF[where].replace(b"HTTP/1.1", version)
    assert set(exchange(server, sent, half_close=True).statuses) <= {400, 422}
    assert exchange(server, PROBE).statuses == [OK]


def test_a_body_is_asked_for_where_it_is_expected(server: Server) -> None:
    expecting = head(b"POST /v1/jobs", b"Content-Type: application/json", b"Content-Length: 2", b"Expect: 100-continue")
    with closing(server.send(expecting)) as connection:
        read_until(connection, b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"{}" + PROBE)
        assert Exchange(received(connection)).statuses == [422, OK]
