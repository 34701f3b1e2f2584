"""A demo that runs, and pages of it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chromium import USER_AGENT

STOP_SECONDS = 60


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
