"""The app: Flask and its resources, put together from parts that are handed in."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from backprop.local.readiness import address
from backprop.settings import Settings
from backprop.store.database import Database
from service.answers import ProblemSchema, answer_json
from service.conditional import answer_conditionally
from service.docs import errors, pages
from service.docs.illustrations import Illustrations
from service.docs.overview import overview
from service.docs.samples import Shell
from service.errors import CONTENT_TYPE, answer_errors, from_http
from service.exports import Exports
from service.guard import guard
from service.monitoring.monitor import Monitor
from service.monitoring.watch import watch
from service.parts import EXTENSION, Parts
from service.plotting.studio import Studio
from service.predicting.predictors import Predictors
from service.receiving import UploadRequest
from service.resources import RESOURCES
from service.shown_jobs import ShownJobs

OPENAPI: Mapping[str, Any] = {
    "API_TITLE": "Backpropagation as a service",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api, whose errors are problem details."""

    ERROR_SCHEMA = ProblemSchema
    handle_http_exception = staticmethod(from_http)

    def _register_responses(self) -> None:
        """Describe every error with its codes, in the content type that it has; flask-smorest knows neither."""
        statuses = {status.name: status for status in HTTPStatus if status >= 400}
        for name, status in {**statuses, self.DEFAULT_ERROR_RESPONSE_NAME: None}.items():
            response = {"schema": ProblemSchema, **errors.described(status)}
            prepare_response(response, self.spec, CONTENT_TYPE)
            self.spec.components.response(name, response, lazy=True)


class App(Flask):
    """Flask for plain functions alone."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: to look whether it is a coroutine costs more than most of them do."""
        return func


def create_app(settings: Settings, database: Database, ring: Callable[[], None], counts: Path | None = None) -> Flask:
    """Return the WSGI app over this database; `ring` is called after each commit that gives workers something to do.

    `counts` is the folder in which processes that serve together count their requests together.
    """
    app = App(__name__, static_folder=None)
    app.request_class = UploadRequest
    app.config.update(OPENAPI)
    app.url_map.merge_slashes = False  # an address has one spelling, and a redirect would hide a mistake
    monitor = Monitor(database, counts)
    predictors = Predictors(database, hit=monitor.hit, miss=monitor.miss)
    studio = Studio(settings.data_dir / "matplotlib")
    exports = Exports(database)
    app.extensions[EXTENSION] = Parts(
        settings, database, ring, predictors, ShownJobs(database), monitor, studio, exports
    )
    answer_json(app)
    watch(app)
    answer_conditionally(app)
    guard(app)
    api = ProblemApi(app, spec_kwargs=_description(settings))
    answer_errors(app)
    if settings.api_key is not None:
        api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        api.spec.options["security"] = [{"key": []}]
    for resource in RESOURCES:
        api.register_blueprint(resource)
    app.register_blueprint(pages.blueprint)
    return app


def _description(settings: Settings) -> dict[str, Any]:
    """Return what openapi.json says beside what is read off the views."""
    shell = Shell(address(settings.host, settings.port), has_key=settings.api_key is not None)
    return {"info": {"description": overview(settings)}, "extra_plugins": [Illustrations(shell)]}
