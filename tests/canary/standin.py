"""A small server that fronts pixels badly: what it keeps, and of whom, is chosen by the test."""

import base64
import gzip
import hashlib
import json
import socket
import sqlite3
import threading
import urllib.request
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PURPOSES = [{"name": "ads", "choice": "unset"}, {"name": "shop", "choice": "necessary"}]


class StandIn:
    """Public and admin listener in one, on loopback; a context manager.

    `leaks` name what becomes of everybody's hits: log, row, metrics, answer, choice, digest, gzip, name, forward. A hit of who
    agreed is kept as the policy says (its order id), unless `loses`; `silent` answers 503 to all hits.
    """

    def __init__(self, folder: Path, leaks=(), loses=False, silent=False, destination=""):
        self.data, self.log = folder / "data", folder / "access.log"
        self.data.mkdir()
        self.log.touch()
        self.leaks, self.loses, self.silent, self.destination = set(leaks), loses, silent, destination
        self.last, self.shown, self.withdrawn, self.lock = "", "", 0, threading.Lock()

    def __enter__(self):
        with closing(sqlite3.connect(self.data / "kept.db")) as database:
            database.execute("create table kept (body)")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Mine", (Handler,), {"standin": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def hit(self, target, headers, body):
        """Take one hit, and do with it what must not be done."""
        with self.lock:
            for leak in self.leaks:
                getattr(self, f"leak_{leak}")(target, headers, body)
            if self.agrees(headers) and not self.loses:
                self.keep(target, body)

    def keep(self, target, body):
        order = parse_qs(urlsplit(target).query).get("order.id", [""])[0] or json.loads(body)["order"]["id"]
        with (self.data / "queue.jsonl").open("a") as file:
            file.write(json.dumps({"order": order}) + "\n")
        if self.destination:
            self.deliver(json.dumps({"order": order}).encode())

    def deliver(self, body):
        urllib.request.urlopen(urllib.request.Request(self.destination, body), timeout=30).close()

    def agrees(self, headers):
        return "choice=yes" in headers.get("Cookie", "") and not (headers.get("DNT") or headers.get("Sec-GPC"))

    def leak_log(self, target, headers, body):
        with self.log.open("a") as file:
            file.write(f"{headers.get('X-Forwarded-For')} {target} {headers.get('User-Agent')}\n")

    def leak_row(self, target, headers, body):
        with closing(sqlite3.connect(self.data / "kept.db")) as database:
            database.execute("pragma secure_delete = off")
            database.execute("insert into kept values (?)", (headers.get("Cookie"),))
            database.commit()
            database.execute("delete from kept")
            database.commit()

    def leak_metrics(self, target, headers, body):
        self.last = base64.b64encode(headers.get("Referer", "").encode()).decode()

    def leak_choice(self, target, headers, body):
        """What the next answer about a choice will hold."""
        self.shown = headers.get("X-Custom", "")

    def leak_answer(self, target, headers, body):
        """Told by the handler."""

    def leak_digest(self, target, headers, body):
        mail = parse_qs(urlsplit(target).query).get("contact.email", [""])[0]
        with (self.data / "audience.csv").open("a") as file:
            file.write(f"{hashlib.sha256(mail.encode()).hexdigest()}\n")

    def leak_gzip(self, target, headers, body):
        with gzip.open(self.data / "old.log.gz", "ab") as file:
            file.write(headers.get("Accept-Language", "").encode() + b"\n")

    def leak_name(self, target, headers, body):
        (self.data / f"{headers.get('X-Real-IP')}.lock").touch()

    def leak_forward(self, target, headers, body):
        self.deliver(headers.get("Authorization", "").encode())


class Handler(BaseHTTPRequestHandler):
    """One request to the stand-in that a subclass names."""

    standin: StandIn

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        if path == "/consent":
            self.consent(body)
        elif path == "/v1/policy/explain":
            self.explain(json.loads(body))
        elif path in ("/metrics", "/readyz", "/livez"):
            self.answer(200, f"last {self.standin.last}".encode())
        else:
            self.hit(path, body)

    do_GET = do_HEAD = do_POST = do_OPTIONS = do_DELETE = do_BREW = any

    def hit(self, path, body):
        status = 404 if path not in ("/p.gif", "/e") else 503 if self.standin.silent else 200
        if status == 200:
            self.standin.hit(self.path, self.headers, body)
        echo = self.headers.get("X-Custom", "") if "answer" in self.standin.leaks else ""
        self.answer(status, echo.encode())

    def consent(self, body):
        self.standin.withdrawn += self.command == "DELETE"
        if self.command != "POST":
            self.answer(200, json.dumps({"purposes": PURPOSES, "last": self.standin.shown}).encode())
            return
        try:
            yes = json.loads(body)["purposes"]["ads"]
        except (ValueError, KeyError, TypeError, RecursionError):
            self.answer(400)
            return
        self.answer(200, b"{}", Set_Cookie=f"choice={'yes' if yes else 'no'}; Path=/")

    def explain(self, situation):
        allow = situation.get("consent") == ["all"] and not (situation.get("gpc") or situation.get("dnt"))
        verdict = {"destination": "own", "allow": allow, "sends": {"order.id": ""} if allow else {}}
        self.answer(200, json.dumps(verdict).encode())

    def log_message(self, *_):
        pass


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return listener.getsockname()[1]
