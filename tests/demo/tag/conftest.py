"""A shop whose pages load the tag, in a real Chromium, and everything that it sends."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.web.tag.assemble import tag
from tests.chromium import USER_AGENT

WAIT_SECONDS = 60


class Shop(ThreadingHTTPServer):
    """Serves `html` for every page, the tag, and the record of a choice; keeps what is posted."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.html, self.posted, self.record = "", [], None

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.partition("?")[0] == "/gw.js":
            self._answer("text/javascript", tag().script)
        elif self.path == "/consent":
            self._answer("application/json", json.dumps(self.server.record).encode())
        else:
            self._answer("text/html", self.server.html.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posted.append((self.path, self.headers["content-type"], json.loads(body)))
        self._answer("text/plain", b"")

    def _answer(self, kind, body):
        self.send_response(200)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Visit:
    """A page of the shop, open in a browser of a visitor nobody has seen before."""

    def __init__(self, page, shop):
        self.page, self.shop = page, shop

    def open(self, *snippets, attributes="", before="", path="/thanks"):
        """Load a page with `before`, the tag, and then the snippets, each a script of its own."""
        scripts = "".join(f"<script>{text}</script>" for text in snippets)
        first = f"<script>{before}</script>" if before else ""
        element = f'<script src="/gw.js" {attributes}></script>'
        self.shop.html = f'<!doctype html><link rel="icon" href="data:,"><title>Thanks</title>{first}{element}{scripts}'
        self.page.goto(self.shop.origin + path)

    def run(self, script):
        return self.page.evaluate(script)

    def events(self, count):
        """The events that were sent, when there are `count`; fails where there are more or fewer."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.sent()) < count and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        self.page.wait_for_timeout(150)
        assert len(self.sent()) == count, self.sent()
        return self.sent()

    def sent(self):
        return [event for _, _, batch in list(self.shop.posted) for event in batch]

    def leave(self):
        self.page.goto("about:blank")


@pytest.fixture
def shop():
    server = Shop()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium, shop):
    """A visit; when it ends, nothing was asked of another origin, no cookie was set and nothing was complained of."""
    context = chromium.new_context(user_agent=USER_AGENT, locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked, complaints = [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield Visit(page, shop)
    foreign = [url for url in asked if not url.startswith((shop.origin, "data:", "about:"))]
    assert (foreign, complaints, context.cookies()) == ([], [], [])
    context.close()
