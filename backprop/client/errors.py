"""The client's errors: one base, and a class for each way in which a service refuses or cannot be reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from backprop.codes import ProblemCode
from backprop.errors import BackpropError, Problem


class ClientError(BackpropError):
    """What was asked of a service has not been done, or is not known to have been."""


class UnreachableError(ClientError):
    """No answer came from this address, however often it was asked."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no connection to {url}: {reason}")
        self.url = url
        self.reason = reason


class AddressError(ClientError):
    """A service's address is http:// or https:// and a host, and this is none."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is no address of a service; one looks like http://127.0.0.1:8000")
        self.url = url


class UnexpectedAnswerError(ClientError):
    """The answer is none that this service gives: something else listens at the address."""


class WaitedError(ClientError):
    """The job has not ended within the time that was given for it; it goes on."""

    def __init__(self, job_id: str, seconds: float) -> None:
        super().__init__(f"{job_id} has not ended within {seconds:g} s; it goes on")
        self.job_id = job_id
        self.seconds = seconds


@dataclass(frozen=True)
class Refusal:
    """The problem document (RFC 9457) with which a service refused a request."""

    status: int
    code: str
    detail: str
    request_id: str | None = None
    errors: tuple[Problem, ...] = ()


class RefusedError(ClientError):
    """The service answered with a problem."""

    def __init__(self, refusal: Refusal) -> None:
        problems = [f"{problem.pointer}: {problem.detail}" for problem in refusal.errors]
        super().__init__("; ".join(problems) or refusal.detail)
        self.status = refusal.status
        self.code = refusal.code
        self.detail = refusal.detail
        self.request_id = refusal.request_id
        self.problems = refusal.errors


class MalformedError(RefusedError):
    """400: the request is not what its content type says."""


class UnauthorizedError(RefusedError):
    """401: the service wants an API key, and this is not it."""


class ForbiddenError(RefusedError):
    """403: this API key may not do that."""


class NotFoundError(RefusedError):
    """404: there is no such job, model, alias or dataset."""


class ConflictError(RefusedError):
    """409: the present state forbids it."""


class PreconditionFailedError(RefusedError):
    """412: it has been changed since it was seen, or is there already; nothing has been done."""


class TooLargeError(RefusedError):
    """413: the body has more bytes than the service takes."""


class InvalidError(RefusedError):
    """422: what was asked for cannot be; `problems` names each thing that is wrong and its remedy."""


class TooManyRequestsError(RefusedError):
    """429: the service asks for fewer requests, and went on asking."""


class ServiceFailedError(RefusedError):
    """500: the service failed, and has logged it under `request_id`."""


class UnavailableError(RefusedError):
    """503: the service cannot do its work at present, and still could not after the last retry."""


REFUSALS: Mapping[int, type[RefusedError]] = {
    400: MalformedError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: TooLargeError,
    422: InvalidError,
    429: TooManyRequestsError,
    500: ServiceFailedError,
    503: UnavailableError,
}


def refusal(status: int, document: Mapping[str, Any]) -> RefusedError:
    """Return the error that a problem document tells of; one of an unknown status is a RefusedError."""
    found = Refusal(
        status=status,
        code=str(document.get("code", status)),
        detail=str(document.get("detail") or document.get("title") or f"status {status}"),
        request_id=document.get("request_id"),
        errors=tuple(_problem(error) for error in document.get("errors") or ()),
    )
    return REFUSALS.get(status, RefusedError)(found)


def _problem(error: Mapping[str, Any]) -> Problem:
    code = cast("ProblemCode", str(error.get("code", "")))  # or one that only a newer service knows
    return Problem(str(error.get("pointer", "#")), code, str(error.get("detail", "")))
