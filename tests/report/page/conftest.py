"""A real browser for the tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 30_000  # milliseconds: the machine may be busy
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless, one for the session."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        message = f"no browser: none of {', '.join(_BROWSERS)} is installed"
        if os.environ.get("XCHECK_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """A function that opens HTML from a file; in the end, nothing must have gone wrong nor asked for the network."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def show(html: str, fragment: str = "", width: int = 1280, **context: object) -> Page:
        path = tmp_path / f"page-{len(contexts)}.html"
        path.write_text(html, "utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **context))
        page = contexts[-1].new_page()
        page.set_default_timeout(_PATIENCE)
        page.on("console", lambda message: wrong.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("request", lambda request: request.url.startswith(path.as_uri()) or wrong.append(request.url))
        page.goto(path.as_uri() + fragment)
        page.locator("html[data-ready]").wait_for()
        return page

    yield show
    for context in contexts:
        context.close()
    assert wrong == []
