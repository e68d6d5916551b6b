"""Workers and their queue over HTTP: who is there, and what waits for them."""

from marshmallow import Schema, fields

from backprop.store import presence
from backprop.store.jobs import queue as stored_queue
from backprop.store.jobs.queue import QueueView
from backprop.store.presence import WorkerView
from service.answers import Instant
from service.parsing import Resource
from service.parts import parts

blueprint = Resource("workers", __name__, url_prefix="/v1", description="Who trains, and what waits")


class WorkerSchema(Schema):
    """A process that works for this database."""

    id = fields.String(required=True)
    kind = fields.String(metadata={"enum": ["worker", "keeper"]})
    slots = fields.Integer(metadata={"description": "jobs that it trains at once"})
    started_at = Instant()
    beaten_at = Instant()


class WorkerListSchema(Schema):
    """The processes that live."""

    data = fields.List(fields.Nested(WorkerSchema), required=True)


class QueueSchema(Schema):
    """What waits, and for whom."""

    queued = fields.Integer(required=True, metadata={"description": "jobs that wait for a worker"})
    running = fields.Integer(required=True)
    slots = fields.Integer(required=True, metadata={"description": "jobs that the live workers can train at once"})
    oldest_seconds = fields.Float(
        required=True, allow_none=True, metadata={"description": "how long the first of the queued jobs has waited"}
    )


@blueprint.route("/workers")
@blueprint.response(200, WorkerListSchema)
def index() -> dict[str, list[WorkerView]]:
    """List the processes that live: workers and keepers."""
    return {"data": presence.live(parts().database)}


@blueprint.route("/queue")
@blueprint.response(200, QueueSchema)
def queue() -> QueueView:
    """Show how many jobs wait, how long the first of them has, and how many can be trained at once."""
    return stored_queue.look(parts().database)
