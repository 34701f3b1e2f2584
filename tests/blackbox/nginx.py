"""A real nginx in front of gateways, with the configuration that the documentation has."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.blackbox.balancer import Backend
from tests.blackbox.running import HOST, ROOT, START_SECONDS, free_port

EXAMPLE = ROOT / "docs/examples/nginx.conf"
BINARY = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")


class Nginx:
    """Listens on `port`, as a context manager with a folder of its own. `log` is what it wrote down."""

    def __init__(self, folder: Path, backends: Sequence[Backend]) -> None:
        if BINARY is None:
            raise FileNotFoundError("no nginx: sudo apt-get install -y nginx")
        folder.mkdir()
        self.port = free_port()
        self._folder = folder
        self._config = folder / "nginx.conf"
        self._config.write_text(configured(EXAMPLE.read_text("utf-8"), folder, self.port, backends), "utf-8")

    def __enter__(self) -> "Nginx":
        line = [str(BINARY), "-p", self._folder, "-c", self._config, "-g", "daemon off; master_process off;"]
        self._process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
                return self
            time.sleep(0.02)
        self.__exit__()
        raise RuntimeError(f"nginx did not start:\n{self.written()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def written(self) -> str:
        """Everything that it wrote into its folder, but its configuration and its number."""
        ours = (self._config.name, "nginx.pid")
        files = [path for path in self._folder.rglob("*") if path.is_file() and path.name not in ours]
        return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def configured(text: str, folder: Path, port: int, backends: Sequence[Backend]) -> str:
    """The documented configuration with ports and folders of this machine."""
    servers = "\n".join(f"        server {HOST}:{each.port} max_fails=1 fail_timeout=1s;" for each in backends)
    text = re.sub(r"(?: *server 10\.0\.0\.\d+:8080 .*\n)+", f"{servers}\n", text)
    text = text.replace("/run/nginx.pid", f"{folder}/nginx.pid").replace(
        "/var/log/nginx/error.log", f"{folder}/error.log"
    )
    places = "".join(
        f"    {each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("    access_log off;\n", f"    access_log off;\n{places}")
    return text.replace("user nobody;\n", "").replace("listen 8000;", f"listen {HOST}:{port};")
