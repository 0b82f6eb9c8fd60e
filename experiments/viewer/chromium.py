"""A real browser for tests, the bench and the screenshots: Debian's chromium, driven by Playwright.

apt-get install chromium, and pip install -r tests/viewer/requirements.txt (make browser). Nothing is downloaded when a
test runs; without either the tests that need it are skipped and say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def missing() -> str | None:
    """What there is too little of, in words; None if a browser can be started."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "Playwright is not installed: make browser"
    return None if executable() else f"there is no {NAMES[0]} here: apt-get install chromium"


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=executable(), args=ARGUMENTS, timeout=120_000)
        try:
            yield started
        finally:
            started.close()
