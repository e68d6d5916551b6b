"""The documentation's pages: the reference at /docs, the errors by code, and the files that they are made of.

They need no API key, tell nothing of what is stored, and ask nothing of any other host: the policy that goes with each
page has browsers hold to that.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from backprop.local.readiness import address
from service.docs.answers import DATASET_ID, JOB_ID
from service.docs.errors import CHAPTERS, EXPLAINED, INTRODUCTION
from service.docs.files import load, version
from service.parts import parts

blueprint = Blueprint("docs", __name__, template_folder="templates")

# Images as data are those in Swagger UI's own style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
FILE_HEADERS: Mapping[str, str] = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@blueprint.route("/")
def start() -> BaseResponse:
    """Lead to the documentation, for as long as there are no other pages."""
    return redirect(url_for("docs.reference"))


@blueprint.route("/docs")
def reference() -> Response:
    """Show every operation, to be tried out."""
    settings = parts().settings
    return _page("reference.html", address=address(settings.host, settings.port), ids=[JOB_ID, DATASET_ID])


@blueprint.route(EXPLAINED)
def errors() -> Response:
    """Show every code, what it means and what to do about it."""
    return _page("errors.html", introduction=INTRODUCTION, chapters=CHAPTERS)


@blueprint.route("/docs/files/<release>/<name>")
def file(release: str, name: str) -> Response:
    """Give a file of the pages."""
    found = load().get(name) if release == version() else None
    if found is None:
        raise NotFound
    is_zipped = request.accept_encodings.quality("gzip") > 0
    response = Response(found.zipped if is_zipped else found.content, content_type=found.content_type)
    response.headers.extend(FILE_HEADERS)
    if is_zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{release}-{name}{'-gzip' if is_zipped else ''}")
    response.make_conditional(request)  # changes the response itself
    return response


@blueprint.app_template_filter("code")
def code(text: str) -> Markup:
    """Return a text with what stands in `backquotes` as code."""
    pieces = str(escape(text)).split("`")
    return Markup("".join(f"<code>{piece}</code>" if odd % 2 else piece for odd, piece in enumerate(pieces)))  # noqa: S704  escaped


def _page(template: str, **holds: object) -> Response:
    response = Response(render_template(template, version=version(), **holds), mimetype="text/html")
    response.headers.extend(PAGE_HEADERS)
    response.add_etag()
    response.make_conditional(request)  # changes the response itself
    return response
