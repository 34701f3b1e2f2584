"""Run a built image's own command as its own user, on a root that nobody can write to; called by tools/image.sh as root.

    python -m tests.helm.image ROOT IMAGE.json

`ROOT` is the image's file system, mounted; `IMAGE.json` what buildah tells of it. It runs in a mount namespace of its own.
"""

import base64
import http.client
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.blackbox.running import HOST, POLICY

PORT, ADMIN = 18080, 19090
SECONDS = 60
SETTINGS = {
    "listeners": {"public": f"{HOST}:{PORT}", "admin": f"{HOST}:{ADMIN}"},
    "data_dir": "/var/lib/gateway",
    "rights": {"journal": "/var/lib/gateway-journal/erasures.jsonl"},
    "policy": "policy.yaml",
    "sites": {"shop": ["shop.example"]},
    "keys": {"root": {"file": "root.key"}},
    "delivery": {"drain": "1s"},
    "destinations": {"meta": {"enabled": False}, "hook": {"enabled": False}},
}


def prepare(root: Path, user: int) -> None:
    """The operator's files, a root that is read-only, and the places that may be written to."""
    etc = root / "etc/gateway"
    (etc / "gateway.yaml").write_text(json.dumps(SETTINGS), "utf-8")
    (etc / "policy.yaml").write_text(POLICY, "utf-8")
    key = etc / "root.key"
    key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    subprocess.run(["chown", str(user), key], check=True)
    key.chmod(0o400)
    mount = ["mount", "--bind", root, root], ["mount", "-o", "remount,bind,ro", root]
    spaces = [
        ["mount", "-t", "tmpfs", "-o", f"uid={user},mode=0700", "tmpfs", root / each]
        for each in ("var/lib/gateway", "var/lib/gateway-journal", "tmp")
    ]
    for line in (*mount, *spaces, ["mount", "-t", "proc", "proc", root / "proc"]):
        subprocess.run(line, check=True)


def ask(port: int, path: str, host: str = HOST) -> int:
    """The status of an answer; 0 without one."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def check(root: Path, image: dict[str, Any]) -> None:
    """Serve a pixel, be healthy by the image's own check, write nowhere, and drain on SIGTERM. AssertionError if not."""
    config = image["Docker"]["config"]
    user, group = map(int, config["User"].split(":"))
    assert user >= 10_000
    prepare(root, user)
    inside = ["chroot", f"--userspec={user}:{group}", str(root), "/usr/bin/env", "-i", *config["Env"]]
    touched = subprocess.run([*inside, "touch", "/opt/gateway/x"], capture_output=True, text=True, check=False)
    assert "Read-only file system" in touched.stderr, touched.stderr
    process = subprocess.Popen([*inside, *config["Entrypoint"], *config["Cmd"]])
    try:
        deadline = time.monotonic() + SECONDS
        while ask(ADMIN, "/readyz") != 200:
            assert process.poll() is None and time.monotonic() < deadline, "it did not become ready"
            time.sleep(0.1)
        status = (root / f"proc/{process.pid}/status").read_text()
        assert f"Uid:\t{user}\t{user}\t{user}\t{user}" in status, status
        assert ask(PORT, "/p.gif?name=page_view", "shop.example") == 200
        assert ask(PORT, "/g/meta_pixel/tr?id=1234567890&ev=PageView", "shop.example") == 200
        healthy = subprocess.run([*inside, *config["Healthcheck"]["Test"][1:]], check=False)
        assert healthy.returncode == 0
        process.terminate()
        while ask(ADMIN, "/readyz") == 200:
            time.sleep(0.02)
        assert ask(ADMIN, "/readyz") == 503  # it drains: no new traffic is wanted, what comes is still answered
        assert ask(PORT, "/p.gif?name=page_view", "shop.example") == 200
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    check(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
    print("image: it served a pixel as its own user, wrote nowhere else, was healthy and drained")
