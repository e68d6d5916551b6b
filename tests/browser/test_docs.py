"""The documentation as people see it: whole in any light and on any screen, and every operation can be tried out."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.end_to_end.stack import Stack
from tests.service.test_main import free_port, serving

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
VISITORS = [
    {"viewport": viewport, "color_scheme": scheme} for viewport in (DESKTOP, PHONE) for scheme in ("light", "dark")
]

pytestmark = pytest.mark.needs("a browser")


def operation(page: Page, name: str) -> Locator:
    """Open an operation, and return what is shown of it."""
    shown = page.locator(".opblock").filter(has=page.locator(f'a[href$="/{name}"]'))
    if "is-open" not in (shown.get_attribute("class") or ""):
        shown.locator(".opblock-summary-control").click()
    return shown


def execute(shown: Locator) -> Locator:
    """Send an operation's request by its button, and return the status of the answer."""
    shown.get_by_role("button", name="Execute").click()
    return shown.locator(".live-responses-table tbody .response-col_status").first


@pytest.mark.parametrize("visit", VISITORS, indirect=True)
def test_both_pages_are_whole_and_ask_nobody_else(stack: Stack, visit: Visit) -> None:
    address, page = f"http://127.0.0.1:{stack.port}", visit.page
    operations = [
        item for path in stack.get("/openapi.json")["paths"].values() for item in path if item != "parameters"
    ]
    page.goto(address)
    expect(page).to_have_url(f"{address}/docs")
    expect(page.locator(".opblock")).to_have_count(len(operations))
    operation(page, "jobs.submit")
    assert_fits(page)
    page.get_by_text("all errors by code").first.click()
    expect(page.locator("#wrong_state")).to_contain_text("409")
    assert_fits(page)
    assert visit.elsewhere(address) == []
    assert visit.complaints == []


def assert_fits(page: Page) -> None:
    """See that nothing stands out to the right."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize("visit", VISITORS, indirect=True)
def test_both_pages_are_dark_for_those_who_like_that(stack: Stack, visit: Visit) -> None:
    is_dark = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for path in ("/docs", "/docs/errors"):
        visit.page.goto(f"http://127.0.0.1:{stack.port}{path}")
        ink = visit.page.locator("h1, h2").first.evaluate("title => getComputedStyle(title).color")
        red = int(ink.removeprefix("rgb(").split(",")[0])
        assert (red > 128) == is_dark, ink


def test_a_job_is_submitted_watched_and_asked_from_the_page(stack: Stack, visit: Visit) -> None:
    address, page = f"http://127.0.0.1:{stack.port}", visit.page
    page.goto(f"{address}/docs")
    submit = operation(page, "jobs.submit")
    expect(submit.locator(".renderedMarkdown pre").first).to_contain_text(f"curl -X POST {address}/v1/jobs")
    expect(execute(submit)).to_have_text("200", timeout=30_000)
    (job,) = stack.get("/v1/jobs")["data"]
    show = operation(page, "jobs.show")
    expect(show.get_by_placeholder("job_id")).to_have_value(job["id"])
    expect(execute(show)).to_have_text("200")
    expect(execute(operation(page, "predictions.predict"))).to_have_text("200")
    expect(operation(page, "predictions.predict").locator(".live-responses-table")).to_contain_text("setosa")
    expect(submit.locator(".curl-command")).to_contain_text("curl -X 'POST'")
    assert visit.elsewhere(address) == []
    assert visit.complaints == []


def test_with_a_key_the_page_is_open_and_its_requests_are_once_authorized(
    sqlite_template: Path, tmp_path: Path, visit: Visit
) -> None:
    (tmp_path / "backprop.sqlite").write_bytes(sqlite_template.read_bytes())
    port, page = free_port(), visit.page
    with serving(port, data_dir=str(tmp_path), api_key="sesame"):
        page.goto(f"http://127.0.0.1:{port}/docs")
        queue = operation(page, "workers.queue")
        expect(execute(queue)).to_have_text("401")
        page.get_by_role("button", name="Authorize").first.click()
        page.get_by_label("auth-bearer-value").fill("sesame")
        page.get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").first.click()
        expect(execute(queue)).to_have_text("200")


def test_the_type_of_a_problem_leads_to_the_line_that_explains_it(stack: Stack, visit: Visit) -> None:
    problem = stack.request("GET", "/v1/jobs?limit=0").body
    visit.page.goto(f"http://127.0.0.1:{stack.port}{problem['type']}")
    expect(visit.page.locator("div:target")).to_contain_text("invalid")
    expect(visit.page.locator("div:target")).to_be_in_viewport()
