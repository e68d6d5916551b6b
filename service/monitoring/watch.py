"""The watch: each request timed, counted, and told in one line of the log; probes are counted alone."""

import re
from functools import cache, partial
from time import perf_counter
from typing import NamedTuple

import structlog
from flask import Flask, Response, g

from service.guard import PROBES
from service.monitoring.monitor import Monitor
from service.parts import parts_of, the_request

PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
NOWHERE = "nowhere"  # the template of every path that there is not: a client can think of any number

log = structlog.get_logger()


class Answered(NamedTuple):
    """A request that has its answer: its method, path template and status, and when it began by `perf_counter`."""

    method: str
    path: str
    status: int
    began: float


def watch(app: Flask) -> None:
    """Have the app's requests watched, from before the first look at them until after the last mark on the answer."""
    app.before_request(_begin)
    app.after_request(partial(_end, parts_of(app).monitor))


def _begin() -> None:
    g.began = perf_counter()


def _end(monitor: Monitor, response: Response) -> Response:
    asked, noted = the_request(), vars(g)
    path = NOWHERE if asked.url_rule is None else template(asked.url_rule.rule)
    about = {"request_id": noted["request_id"]}
    job_id = (asked.view_args or {}).get("job_id") or noted.get("job_id")
    if job_id is not None:
        about["job_id"] = job_id
    tell(monitor, Answered(asked.method, path, response.status_code, noted["began"]), **about)
    return response


def tell(monitor: Monitor, answered: Answered, **about: str) -> None:
    """Count a request, and say so in the log."""
    method, path, status, began = answered
    seconds = perf_counter() - began
    monitor.observe(method, path, status, seconds)
    if path not in PROBES:
        log.info("request", method=method, path=path, status=status, ms=round(1000 * seconds, 2), **about)


@cache
def template(rule: str) -> str:
    """Return a rule of Flask's as OpenAPI writes paths."""
    return PARAMETER.sub(r"{\1}", rule)
