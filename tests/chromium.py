"""A real Chromium: where it is found, and how it is started."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# A headless browser calls itself one, and a policy that takes robots for no people would be right about it.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


@contextmanager
def started() -> Iterator[Browser]:
    """One that runs. Where there is none the test fails, and says how to come by one."""
    named = os.environ.get("CHROMIUM") or next((path for path in map(shutil.which, BROWSERS) if path), "")
    if not named:
        pytest.fail("no Chromium: ./run test brings one, or set CHROMIUM to yours")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=named, args=FLAGS)
        yield browser
        browser.close()
