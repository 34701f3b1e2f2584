"""Read the address of a Redis server, of the Sentinels that know it, or of a cluster."""

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

PORT = 6379
SENTINEL_PORT = 26_379
FORMS = (
    "redis://host:port/0", "rediss://…", "unix:///path", "redis+sentinel://host:port,host:port/service/0",
    "redis+cluster://host:port,host:port",
)  # fmt: skip

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?\Z")


class Address(NamedTuple):
    """Where the server is, and as whom to speak to it. `hosts` are those of the server, of Sentinels or of a cluster;
    `service` is what the Sentinels call it; `path` is that of a socket on this machine."""

    kind: Literal["server", "sentinel", "cluster"]
    hosts: tuple[tuple[str, int], ...]
    path: str = ""
    service: str = ""
    database: int = 0
    tls: bool = False
    user: str = ""
    password: str = ""
    sentinel_password: str = ""

    def __str__(self) -> str:
        hosts = [(f"[{host}]" if ":" in host else host, port) for host, port in self.hosts]
        places = self.path or ",".join(f"{host}:{port}" for host, port in hosts)
        return f"{self.kind} {self.service} {places}".replace("  ", " ")


def parse(text: str) -> Address:
    """The address of a text in one of the FORMS. ValueError where it is none; its message repeats nothing of it."""
    url = _split(text)
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if url.scheme == "unix":
        if not url.path.startswith("/"):
            raise ValueError("the path of a socket begins with /")
        return Address("server", (), path=unquote(url.path), user=user, password=password)
    secure, _, form = url.scheme.partition("+")
    if secure not in ("redis", "rediss") or form not in ("", "sentinel", "cluster"):
        raise ValueError("not the address of a Redis server")
    hosts = _hosts(url, SENTINEL_PORT if form == "sentinel" else PORT)
    tls = secure == "rediss"
    service, database = _behind(url.path, form)
    if form == "sentinel":
        return Address("sentinel", hosts, "", service, database, tls, user, password)
    if form == "cluster":
        return Address("cluster", hosts, "", "", 0, tls, user, password)
    if len(hosts) != 1:
        raise ValueError("several hosts are those of Sentinels or of a cluster")
    return Address("server", hosts, "", "", database, tls, user, password)


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
    except ValueError:  # in its own words the password would be told
        raise ValueError("not the address of a Redis server") from None
    if url.query or url.fragment:
        raise ValueError("an address has nothing behind a question mark")
    return url


def _hosts(url: SplitResult, default: int) -> tuple[tuple[str, int], ...]:
    hosts = []
    for text in url.netloc.rpartition("@")[2].split(","):
        match = _HOST.match(text)
        if match is None or int(match[3] or default) not in range(1, 65_536):
            raise ValueError("a host is host:port")
        hosts.append((match[1] or match[2], int(match[3] or default)))
    return tuple(hosts)


def _behind(path: str, form: str) -> tuple[str, int]:
    """The Sentinels' name of the server and the number of the database, as far as the form has them."""
    steps = [unquote(step) for step in path.split("/") if step]
    service = steps.pop(0) if form == "sentinel" and steps else ""
    if form == "sentinel" and not service:
        raise ValueError("behind the Sentinels stands the name they have for the server")
    if len(steps) > (form != "cluster") or not all(step.isascii() and step.isdigit() for step in steps):
        raise ValueError("behind a server stands the number of a database, behind a cluster nothing")
    return service, int(steps[0]) if steps else 0
