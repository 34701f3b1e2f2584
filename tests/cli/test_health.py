import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.blackbox.running import free_port
from tests.bootstrap.configuration import GATEWAY, write


def run(*words):
    return CliRunner().invoke(main, ["health", *map(str, words)])


@pytest.fixture
def listener():
    """A listener that lives and wants no traffic, and its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            lives = self.path == "/livez"
            self.send_response(200 if lives else 503)
            self.end_headers()
            self.wfile.write(b"alive" if lives else b'{"ready": false, "why": ["draining"]}')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_wants_no_traffic_is_not_healthy_and_says_why(listener):
    done = run("--at", listener)
    assert (done.exit_code, done.output) == (1, "answers 503: draining\n")


def test_what_lives_is_alive(listener):
    done = run("--live", "--at", listener)
    assert (done.exit_code, done.output) == (0, "fine\n")


def test_the_admin_listener_of_the_file_is_asked(tmp_path, listener):
    config = write(tmp_path, GATEWAY.replace('admin: "127.0.0.1:0"', f'admin: "0.0.0.0:{listener.split(":")[1]}"'))
    assert run("--live", "--config", config).exit_code == 0


def test_who_does_not_answer_is_not_healthy():
    done = run("--at", f"127.0.0.1:{free_port()}")
    assert (done.exit_code, done.output) == (1, "no answer: ConnectionRefusedError\n")


@pytest.mark.parametrize("at", ["9090", ":9090", "host:", "host:99999", "host:٣"])
def test_an_address_that_is_none_is_a_misuse(at):
    assert run("--at", at).exit_code == 2


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    done = run("--config", tmp_path / "none.yaml")
    assert done.exit_code == 1 and "G001" in done.output
