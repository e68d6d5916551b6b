"""/metrics: what Prometheus is told by one process; several are counted together in test_processes."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.monitoring import job_figures
from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 3}}
PREDICT = "/v1/models/xor/predict"

Sample = Callable[..., float | None]


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def scrape(service: Service) -> Sample:
    """Return what finds a figure by its name and labels."""
    answer = service.get("/metrics")
    assert answer.status_code == 200
    found = samples(answer.text)
    return lambda name, **labels: found.get((f"backprop_{name}", frozenset(labels.items())))


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_figures, "FRESH_SECONDS", 0)


def test_it_is_prometheus_text_format(service: Service) -> None:
    assert service.get("/metrics").headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_requests_are_counted_by_method_template_and_status(service: Service) -> None:
    for job_id in ("job_1", "job_2"):
        service.get(f"/v1/jobs/{job_id}")
    service.get("/healthz/live")
    found = scrape(service)
    labels = {"method": "GET", "path": "/v1/jobs/{job_id}", "status": "404"}
    assert found("request_seconds_count", **labels) == 2
    assert found("request_seconds_bucket", **labels, le="+Inf") == 2
    assert found("request_seconds_count", method="GET", path="/healthz/live", status="200") == 1


def test_made_up_methods_and_paths_are_few_series(service: Service) -> None:
    for number in range(3):
        service.client.open(f"/nothing-{number}", method=f"METHOD{number}")
    assert scrape(service)("request_seconds_count", method="other", path="nowhere", status="404") == 3


def test_jobs_and_what_became_of_them(service: Service) -> None:
    service.train(**XOR)
    service.submit(**XOR)
    found = scrape(service)
    assert found("jobs", state="queued") == 1
    assert found("jobs", state="succeeded") == 1
    assert found("jobs", state="failed") == 0
    assert found("queue_oldest_seconds") != 0
    assert found("queue_seconds_count") == 1
    assert found("job_seconds_count", state="succeeded") == 1
    assert found("job_seconds_bucket", state="succeeded", le="3600.0") == 1
    assert found("epochs_total") == 3
    assert found("crashes_total") == found("lost_leases_total") == 0


def test_models_found_loaded_are_hits(service: Service) -> None:
    service.train(**XOR)
    for _ in range(3):
        assert service.post(PREDICT, {"instances": [[0, 1]]}).status_code == 200
    assert service.post("/v1/models/nobody/predict", {"instances": [[0, 1]]}).status_code == 404
    found = scrape(service)
    assert found("model_cache_lookups_total", result="miss") == 1
    assert found("model_cache_lookups_total", result="hit") == 2


def test_without_a_database_the_process_still_tells_what_it_knows(homeless: Service) -> None:
    homeless.get("/v1/jobs")
    found = scrape(homeless)
    assert found("database_up") == 0
    assert found("jobs", state="queued") is None
    assert found("request_seconds_count", method="GET", path="/v1/jobs", status="503") == 1


def test_the_database_is_asked_once_a_second(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_figures, "FRESH_SECONDS", 60)
    assert scrape(service)("jobs", state="queued") == 0
    service.submit(**XOR)
    assert scrape(service)("jobs", state="queued") == 0


def test_it_needs_the_key(guarded: Service) -> None:
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", Authorization="Bearer sesame").status_code == 200
