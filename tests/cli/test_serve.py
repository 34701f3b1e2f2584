import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from gateway.bootstrap.machine import local_key, read_keys
from tests.bootstrap.configuration import GATEWAY, write

ROOT = Path(__file__).parents[2]
SECONDS = 90  # nothing here takes so long on any machine


class Served:
    """A `gateway serve` of its own, and what it logged."""

    def __init__(self, config: Path) -> None:
        self.log = config.parent / "log"
        command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def addresses(self) -> dict[str, str]:
        """Where it listens, once it is ready."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                lines = self.lines()
            except ValueError:
                continue
            if any(line["event"] == "ready" for line in lines):
                return {str(line["listener"]): str(line["address"]) for line in lines if line["event"] == "listening"}
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())


@contextmanager
def serving(config: Path):
    served = Served(config)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            os.killpg(served.process.pid, signal.SIGKILL)
        served.process.wait(SECONDS)


def ended(config: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """What a `gateway serve` that cannot begin ended with, and said."""
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS, check=False)


def ask(address: str, path: str, **headers: str) -> tuple[int, bytes]:
    with urlopen(
        Request(f"http://{address}{path}", headers={"Host": "shop.example", **headers}), timeout=SECONDS
    ) as answer:
        return answer.status, answer.read()


def test_it_serves_until_it_is_told_to_stop_and_leaves_with_0(tmp_path):
    with serving(write(tmp_path)) as served:
        at = served.addresses()
        assert ask(at["admin"], "/livez") == (200, b"alive\n")
        status, body = ask(at["admin"], "/readyz")
        assert status == 200 and json.loads(body)["store"] == {
            "engine": "sqlite",
            "durability": "strict",
            "sound": True,
            "aside": 0,
        }
        (place,) = json.loads(body)["places"]
        assert (place["name"], place["built"], "https://db-ip.com" in place["credit"]) == ("table", "2026-06-01", True)
        asked = Request(
            f"http://{at['admin']}/v1/policy/explain",
            json.dumps({"region": "FR", "event": "purchase", "destination": "meta"}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {local_key(read_keys(tmp_path / 'data'))}"},
        )
        with urlopen(asked, timeout=SECONDS) as explained:
            assert json.loads(explained.read())["allow"] is False
        assert ask(at["public"], "/p.gif?name=page_view")[0] == 200
        assert b'gateway_place_data_age_days{source="table"}' in ask(at["admin"], "/metrics")[1]
        assert b'gateway_answers_total{status="200"} 1.0' in ask(at["admin"], "/metrics")[1]
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(SECONDS) == 0
        assert [line["event"] for line in served.lines()][-2:] == ["draining", "stopped"]


def test_the_log_is_json_without_a_word_of_a_request(tmp_path):
    with serving(write(tmp_path, GATEWAY + "log_level: debug\n")) as served:
        at = served.addresses()
        ask(
            at["public"],
            "/p.gif?name=page_view&page.url=https%3A%2F%2Fcanary.example",
            Cookie="a=canary",
            Referer="canary",
        )
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(SECONDS) == 0
        assert served.lines() and b"canary" not in served.log.read_bytes()


def test_what_is_on_the_admin_port_is_not_on_the_public_one(tmp_path):
    with serving(write(tmp_path)) as served:
        at = served.addresses()
        for path in ("/metrics", "/readyz", "/livez"):
            with pytest.raises(HTTPError) as refusal:
                ask(at["public"], path)
            assert refusal.value.code == 404
            refusal.value.close()


def test_a_second_gateway_on_the_same_data_is_refused(tmp_path):
    config = write(tmp_path)
    with serving(config) as first:
        first.addresses()
        second = ended(config)
        assert second.returncode == 1
        assert str(first.process.pid).encode() in second.stderr
        assert all(json.loads(line) for line in second.stderr.splitlines())


def test_a_wrong_file_keeps_it_from_starting(tmp_path):
    config = write(tmp_path, GATEWAY.replace("  meta:\n", "  metta:\n"))
    done = ended(config)
    assert done.returncode == 1
    findings = [json.loads(line) for line in done.stderr.splitlines()]
    assert {finding["code"] for finding in findings} >= {"G021", "G022"}


def test_a_port_that_is_taken_is_told(tmp_path):
    with serving(write(tmp_path)) as first:
        port = first.addresses()["admin"].rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        config = write(other, GATEWAY.replace('admin: "127.0.0.1:0"', f'admin: "127.0.0.1:{port}"'))
        done = ended(config)
        told = json.loads(done.stderr.splitlines()[-1])
        assert (done.returncode, told["code"]) == (1, "G040")
        assert told["message"].startswith(
            f"cannot listen at 127.0.0.1:{port}: Address already in use (end what listens"
        )


def test_several_processes_on_one_data_directory_are_refused(tmp_path):
    done = ended(write(tmp_path), "--workers", "2")
    assert done.returncode == 1 and json.loads(done.stderr.splitlines()[-1])["code"] == "G092"


@pytest.mark.parametrize("spoil", [lambda data: data.touch(), lambda data: (data / "events.db").mkdir(parents=True)])
def test_a_data_directory_that_cannot_be_used_is_told_in_one_line(tmp_path, spoil):
    config = write(tmp_path)
    data = tmp_path / "data"
    spoil(data)
    done = ended(config)
    finding = [json.loads(line) for line in done.stderr.splitlines()][-1]
    assert (done.returncode, finding["code"], finding["file"]) == (1, "G095", str(data))
    assert "`data_dir`" in finding["message"]
