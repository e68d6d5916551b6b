"""Monitoring over HTTP: the figures that Prometheus comes for."""

from flask import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.parsing import Resource
from service.parts import parts

blueprint = Resource("monitoring", __name__, url_prefix="/metrics", description="Figures for Prometheus")


@blueprint.route("")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Tell requests, jobs, the queue and the model cache in Prometheus' text format."""
    return Response(parts().monitor.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
