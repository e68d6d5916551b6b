"""The overview at the head of openapi.json: what holds for every operation, and the codes of refused requests."""

from backprop.codes import REFUSALS
from backprop.settings import Settings
from service.docs.errors import EXPLAINED, table

TEXT = """\
POST a training job, watch it learn, and ask the trained model for predictions. Each operation's sample works as
it is when it is pasted into a shell, one after the other from the first to the last; *Execute* sends it from this page.

* Times are RFC 3339 in UTC. Numbers that are not finite are null.
* Lists come newest first, in pages: `has_more` says whether there is another, `after` with the page's `next` brings it.
* Answers to reads have an `ETag`; sent back as `If-None-Match` it is answered 304 until something changes.
* `X-Request-Id` names a request in the service's log, by the name that you send or by one that it is given.
"""
KEY = (
    "* The service has an API key: *Authorize* sends it from this page, the samples take it from `$BACKPROP_API_KEY`.\n"
)
ERRORS = (
    "<strong>When a request is refused</strong>: codes and remedies. "
    f'Single problems and failed jobs have codes of their own: <a href="{EXPLAINED}">all errors by code</a>.'
)


def overview(settings: Settings) -> str:
    """Return the overview of a service with these settings, in Markdown."""
    key = "" if settings.api_key is None else KEY
    return f"{TEXT}{key}\n<details>\n<summary>{ERRORS}</summary>\n\n{table(REFUSALS)}\n\n</details>\n"
