"""Every error that this project raises on purpose: one base, one sentence a class, the facts as attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

from backprop.codes import FailureCode, ProblemCode, RefusalCode


class BackpropError(Exception):
    """Any error that this project raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where (a JSON pointer such as `#/training/epochs`), what kind, and the remedy."""

    pointer: str
    code: ProblemCode
    detail: str


def failure(code: FailureCode | ProblemCode, detail: str) -> dict[str, str]:
    """Return the error of a failed job, as it is stored and shown."""
    return {"code": code, "detail": detail}


class MalformedError(BackpropError):
    """The body is not what its content type says: not JSON, a NaN in it, a key twice, nested too deep."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidError(BackpropError):
    """The input is well-formed and asks for something that cannot be; every problem found is named."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in problems))
        self.problems = tuple(problems)


class TooLargeError(BackpropError):
    """What came in, or what it unpacks to, is larger than the settings allow."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFoundError(BackpropError):
    """No such job, model, alias, dataset or prediction belongs to this owner."""

    def __init__(self, kind: str, ref: str) -> None:
        super().__init__(f"no {kind} {ref!r}")
        self.kind = kind
        self.ref = ref


class ConflictError(BackpropError):
    """The request is right in itself and the present state forbids it."""

    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class PreconditionError(BackpropError):
    """What the request made its condition (`If-Match`, `If-None-Match`) does not hold; nothing has been changed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LeaseLostError(BackpropError):
    """The job is no longer this worker's: it was taken back, and nothing more may be written for it."""

    def __init__(self, job_id: str, claim: int) -> None:
        super().__init__(f"claim {claim} on {job_id} is over")
        self.job_id = job_id
        self.claim = claim


class SettingsError(BackpropError):
    """A setting has a value that cannot be used."""
