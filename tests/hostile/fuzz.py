"""The fuzz: requests changed by chance, sent to the app; what it admits must train. `make fuzz`, or

python -m tests.hostile.fuzz [requests] [seed]
"""

import json
import logging
import secrets
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import structlog
from werkzeug.test import TestResponse

from backprop.codes import PROBLEMS, REFUSALS
from backprop.store.database import Database
from migrations import migrate
from service.app import create_app
from tests.hostile.mutations import Made, make
from tests.hostile.vocabulary import XOR
from tests.service.harness import Service, settings_for

PROBLEM = "application/problem+json"
ENDED = {"succeeded", "failed", "cancelled"}


@dataclass
class Fuzz:
    """Requests from a seed, each answer looked at; `answers` counts them by status."""

    service: Service
    seed: int
    answers: Counter[int] = field(default_factory=Counter)
    _ids: list[str] = field(default_factory=list)

    def run(self, count: int) -> None:
        """Send `count` requests. Raises AssertionError, telling the request, at the first answer that is amiss."""
        random = Random(self.seed)  # noqa: S311  chance that can be had again
        job = self.service.train(**XOR, name="xor")
        self._ids = ["xor", job["id"], job["model"]["id"]]
        for number in range(count):
            made = make(random, self._ids)
            try:
                self._look(made, self._send(made))
            except BaseException as error:
                error.add_note(f"request {number} of seed {self.seed}: {made}")
                raise

    def _send(self, made: Made) -> TestResponse:
        answer: TestResponse = self.service.client.open(
            made.path, method=made.method, data=made.body, query_string=made.query, headers=dict(made.headers)
        )
        return answer

    def _look(self, made: Made, answer: TestResponse) -> None:
        self.answers[answer.status_code] += 1
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400 and made.method != "HEAD":
            check_problem(answer)
        if answer.status_code == 202 and made.path == "/v1/jobs":
            self._train(answer.json)

    def _train(self, job: Any) -> None:
        """Train what was admitted; it ends by itself, and never by a crash."""
        self.service.work()
        shown = self.service.get(f"/v1/jobs/{job['id']}").json
        assert shown["state"] in ENDED, shown
        assert shown["crashes"] == 0, shown
        self.service.client.delete(f"/v1/jobs/{job['id']}")


def check_problem(answer: TestResponse) -> None:
    """See that a refusal is a problem document which says what is wrong, and where."""
    assert answer.mimetype == PROBLEM, (answer.status, answer.mimetype, answer.text[:200])
    problem = json.loads(answer.data)
    assert problem["status"] == answer.status_code
    assert REFUSALS[problem["code"]].status == answer.status_code
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    if answer.status_code == 422:
        assert problem["errors"], problem
        assert all(error["pointer"] and error["detail"] for error in problem["errors"]), problem
        assert {error["code"] for error in problem["errors"]} <= set(PROBLEMS), problem


def service_on(database: Database, url: str) -> Service:
    """Return the service over a migrated database, admitting only jobs that train in milliseconds."""
    limits = {"max_body_bytes": "100000", "max_job_bytes": str(2**26), "max_job_flops": "2e6"}
    return Service(create_app(settings_for(url, **limits), database, lambda: None).test_client(), database)


def main(count: int, seed: int) -> None:
    """Send the requests to a service of its own, and say how they were answered."""
    print(f"{count:,} requests of seed {seed}", flush=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/backprop.sqlite"
        database = Database(url, Path(folder))
        migrate(database)
        fuzz = Fuzz(service_on(database, url), seed)
        fuzz.run(count)
        database.close()
    print(", ".join(f"{status}: {times:,}" for status, times in sorted(fuzz.answers.items())))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(2**32),
    )
