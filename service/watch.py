"""The watch: each request timed, counted, and told in one line of the log; probes are counted alone."""

import re
from functools import cache
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

from service.guard import PROBES
from service.parts import parts

PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
NOWHERE = "nowhere"  # the template of every path that there is not: a client can think of any number

log = structlog.get_logger()


def watch(app: Flask) -> None:
    """Have the app's requests watched, from before the first look at them until after the last mark on the answer."""
    app.before_request(_begin)
    app.after_request(_end)


def record(method: str, path: str, status: int, seconds: float, **about: str) -> None:
    """Count a request by its path template, and log it with what else there is to say `about` it."""
    parts().monitor.observe(method, path, status, seconds)
    if path not in PROBES:
        log.info("request", method=method, path=path, status=status, ms=round(1000 * seconds, 2), **about)


def _begin() -> None:
    g.began = perf_counter()


def _end(response: Response) -> Response:
    path = NOWHERE if request.url_rule is None else template(request.url_rule.rule)
    about = {"request_id": g.request_id}
    job_id = (request.view_args or {}).get("job_id") or g.get("job_id")
    if job_id is not None:
        about["job_id"] = job_id
    record(request.method, path, response.status_code, perf_counter() - g.began, **about)
    return response


@cache
def template(rule: str) -> str:
    """Return a rule of Flask's as OpenAPI writes paths."""
    return PARAMETER.sub(r"{\1}", rule)
