"""A demo that runs, and a Chromium to look at it with."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# A headless browser calls itself one, and a policy that takes robots for no people would be right about it.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
STOP_SECONDS = 60


def find_chromium() -> str:
    named = os.environ.get("CHROMIUM") or next((path for path in map(shutil.which, BROWSERS) if path), "")
    if not named:
        pytest.fail("no Chromium: ./run test brings one, or set CHROMIUM to yours")
    return named


@pytest.fixture(scope="session")
def demo():
    """`gateway demo` on a free port; its address."""
    command = [sys.executable, "-m", "gateway", "demo", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        address = ""
        while not address:
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"the demo ended at once: {process.stderr.read()[-2000:]}")
            found = re.search(r"The shop +(http://127\.0\.0\.1:\d+)/", line)
            address = found[1] if found else ""
        yield address
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, errors) == (0, "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, demo):
    """An empty page of a visitor nobody has seen before. Every request it makes, and every complaint, is kept."""
    context = chromium.new_context(
        base_url=demo, user_agent=USER_AGENT, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    opened = context.new_page()
    opened.asked, opened.complaints = [], []
    context.on("request", lambda request: opened.asked.append(request.url))
    context.on("weberror", lambda error: opened.complaints.append(str(error.error)))
    opened.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    yield opened
    foreign = [url for url in opened.asked if not url.startswith(f"{demo}/")]
    assert (foreign, opened.complaints) == ([], [])
    context.close()
