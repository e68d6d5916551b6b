"""The transport: requests that are sent until they are answered, and answers that are either JSON or an error."""

import json
import re
import time
from typing import Any, BinaryIO

import httpx2

from backprop.client.errors import AddressError, UnexpectedAnswerError, UnreachableError, refusal
from backprop.client.retries import Retries, retry_after

LATER = frozenset({429, 503})  # the service asks to come back
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Transport:
    """One service over kept connections. Whatever this client sends may be sent again, so all of it is retried."""

    def __init__(self, http: httpx2.Client, retries: Retries) -> None:
        self.http = http
        self.retries = retries

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON at a path; parameters that are None are left out."""
        return self.read(self.http.build_request("GET", path, params=given(params)))

    def content(self, path: str, **params: Any) -> bytes:
        """Return the bytes at a path, whatever they are."""
        request = self.http.build_request("GET", path, params=given(params), headers={"Accept": "*/*"})
        return self.send(request).content

    def save(self, path: str, into: BinaryIO, **params: Any) -> None:
        """Write the bytes at a path to a file as they come, from the start again where a connection breaks."""
        request = self.http.build_request("GET", path, params=given(params), headers={"Accept": "*/*"})
        for pause in (*self.retries.pauses(), None):
            answer = self.send(request, stream=True)
            into.seek(0)
            into.truncate()
            try:
                into.writelines(answer.iter_bytes())
            except httpx2.TransportError as error:
                if pause is None:
                    raise unreachable(self.http, error) from error
                time.sleep(pause)
            else:
                return
            finally:
                answer.close()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Return the JSON that a POST is answered with. `body` may hold arrays, which are sent as lists."""
        content = None if body is None else written(body)
        named = {"Content-Type": "application/json", **headers}
        return self.read(self.http.build_request("POST", path, content=content, headers=named))

    def delete(self, path: str) -> None:
        """Delete what is at a path."""
        self.send(self.http.build_request("DELETE", path))

    def read(self, request: httpx2.Request) -> Any:
        """Send a request and return the answer's JSON."""
        return document(self.send(request))

    def send(self, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
        """Return the answer to a request, sent again while none comes or the service asks to come back later.

        Where it is a `stream`, its content has yet to be read.

        Raises RefusedError, by its status, and UnreachableError after the last attempt.
        """
        unanswered = False
        for pause in (*self.retries.pauses(), None):
            try:
                answer = self.http.send(request, stream=stream)
                if not answer.is_success:
                    answer.read()
            except httpx2.TransportError as error:
                if pause is None:
                    raise unreachable(self.http, error) from error
                unanswered = True
                time.sleep(pause)
                continue
            asked = retry_after(answer.headers.get("Retry-After")) or 0.0
            if answer.status_code not in LATER or pause is None or asked > self.retries.patience:
                break
            time.sleep(max(pause, asked))
        is_gone = answer.status_code == httpx2.codes.NOT_FOUND and request.method == "DELETE"
        return answer if unanswered and is_gone else checked(answer)  # the lost answer was that it is deleted


def connect(url: str, api_key: str | None, timeout: float) -> httpx2.Client:
    """Return an HTTP client for the service at `url`; no connection is made yet. Raises AddressError."""
    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise AddressError(url) from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise AddressError(url)
    return httpx2.Client(
        base_url=address,
        headers={"Accept": "application/json"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {}),
        timeout=timeout,
        # A proxy that the environment names does not know what listens on this machine.
        mounts=dict.fromkeys(f"all://{host}" for host in LOOPBACK),
    )


def given(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that are not None."""
    return {name: value for name, value in params.items() if value is not None}


def written(body: Any) -> bytes:
    """Return JSON text; whatever has a `tolist`, as NumPy's arrays and numbers have, is written as that.

    Raises ValueError for a number that is not finite.
    """
    return json.dumps(body, allow_nan=False, separators=(",", ":"), default=lambda value: value.tolist()).encode()


def document(answer: httpx2.Response) -> Any:
    """Return an answer's JSON. Raises UnexpectedAnswerError."""
    try:
        return answer.json()
    except ValueError as error:
        raise UnexpectedAnswerError(
            f"{answer.url} answers {answer.status_code}, but not as this service does"
        ) from error


def checked(answer: httpx2.Response) -> httpx2.Response:
    """Return an answer that is no error. Raises RefusedError and UnexpectedAnswerError."""
    if answer.is_success:
        return answer
    found = document(answer)
    if not isinstance(found, dict) or "detail" not in found:
        raise UnexpectedAnswerError(f"{answer.url} answers {answer.status_code}, but not as this service does")
    raise refusal(answer.status_code, found)


def unreachable(http: httpx2.Client, error: httpx2.TransportError) -> UnreachableError:
    """Return the error that says that nobody answers, and why."""
    reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
    return UnreachableError(str(http.base_url).rstrip("/"), reason)
