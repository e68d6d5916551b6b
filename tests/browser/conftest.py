"""A real browser, BACKPROP_TEST_BROWSER, that keeps nothing and tells what its pages ask for and complain about."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.stack import Stack, running_stack

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Visit:
    """A page in the browser, what it has asked for, and what stands in its console."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def elsewhere(self, address: str) -> list[str]:
        """Return what was asked of others than the service at this address."""
        return [url for url in self.asked if not url.startswith((f"{address}/", "data:"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, without a window; gone before other tests, since its event loop would take the place of theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["BACKPROP_TEST_BROWSER"], args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """A new visitor's page; a parameter is the context's options, such as a phone's width or a liking for the dark."""
    options: dict[str, Any] = getattr(request, "param", {"viewport": {"width": 1280, "height": 900}})
    context = browser.new_context(**options)
    visit = Visit(context.new_page())
    visit.page.on("request", lambda request: visit.asked.append(request.url))
    visit.page.on("console", lambda message: visit.complaints.append(message.text))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole program, with nothing in it."""
    folder: Path = tmp_path_factory.mktemp("browser") / "var"
    with running_stack(folder) as stack:
        yield stack
