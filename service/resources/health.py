"""Health over HTTP: whether this process answers, and whether it can do its work."""

import socket
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, fields

from backprop.store import presence
from service.parsing import Resource
from service.parts import parts

blueprint = Resource("health", __name__, url_prefix="/healthz", description="Probes; they need no API key")

BROKER_SECONDS = 0.2  # a probe must answer soon, whatever the broker does


class HealthSchema(Schema):
    """How the service is."""

    status = fields.String(required=True, metadata={"enum": ["ok", "unavailable"]})
    database = fields.String(metadata={"description": "ok, or why it cannot be used"})
    broker = fields.String(metadata={"enum": ["ok", "unreachable", "none"]})
    workers = fields.Integer(metadata={"description": "worker processes alive"})
    slots = fields.Integer(metadata={"description": "jobs that they can train at once"})


@blueprint.route("/live")
@blueprint.response(200, HealthSchema)
@blueprint.doc(security=[])
def live() -> dict[str, str]:
    """Say that this process answers."""
    return {"status": "ok"}


@blueprint.route("/ready")
@blueprint.response(200, HealthSchema)
@blueprint.alt_response(503, schema=HealthSchema, description="the database cannot be used")
@blueprint.doc(security=[])
def ready() -> tuple[dict[str, Any], int]:
    """Say whether the database is there and migrated; workers and broker are told beside, and may come later."""
    problem = parts().database.problem()
    about: dict[str, Any] = {"database": problem or "ok", "broker": _broker(parts().settings.broker_url)}
    if problem is not None:
        return {"status": "unavailable", **about}, 503
    workers = [process for process in presence.live(parts().database) if process.kind == "worker"]
    return {"status": "ok", **about, "workers": len(workers), "slots": sum(worker.slots for worker in workers)}, 200


def _broker(url: str | None) -> str:
    if url is None:
        return "none"
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "localhost", address.port or 6379), BROKER_SECONDS).close()
    except OSError:
        return "unreachable"
    return "ok"
