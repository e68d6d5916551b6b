"""Probes: live says that the process answers, ready that the database can be used."""

import socket

from backprop.store import presence
from backprop.store.database import Database
from backprop.store.presence import Presence
from service.app import create_app
from tests.service.harness import Service, settings_for


def test_live_is_ok_even_without_a_database(homeless: Service) -> None:
    answer = homeless.get("/healthz/live")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_is_503_without_a_database_and_says_why(homeless: Service) -> None:
    answer = homeless.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json["status"] == "unavailable"
    assert "database" in answer.json["database"]


def test_ready_tells_the_workers_and_their_slots(service: Service) -> None:
    assert service.get("/healthz/ready").json == {
        "status": "ok",
        "database": "ok",
        "broker": "none",
        "workers": 0,
        "slots": 0,
    }
    presence.beat(service.database, Presence("w1", "worker", 2))
    presence.beat(service.database, Presence("k1", "keeper", 0))
    shown = service.get("/healthz/ready").json
    assert (shown["workers"], shown["slots"]) == (1, 2)


def test_a_broker_that_does_not_listen_leaves_the_service_ready(database: Database, database_url: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"redis://:secret@127.0.0.1:{listening.getsockname()[1]}/0"
        client = create_app(settings_for(database_url, broker_url=url), database, lambda: None).test_client()
        assert client.get("/healthz/ready").get_json()["broker"] == "ok"
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.get_json()["broker"]) == (200, "unreachable")
