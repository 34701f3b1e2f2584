"""Ways to write an address of this machine so that a careless reader takes it for another one, and bait for redirects."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

# Loopback, by number and by name. Without port: `{}` stands where it may be put.
HOSTS = (
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.000.000.001", "0127.0.0.1", "00177.0.0.01", "0177.0.0.1",
    "0x7f.0.0.1", "0x7f000001", "0X7F.1", "0x7f.0x0.0x0.0x1", "2130706433", "017700000001", "4294967295", "0", "0.0.0.0",
    "127.255.255.254", "127.0.0.2", "127.0.0.1%00", "127.0.0.1%20", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127。0。0。1",
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127．0．0．1", "127.0.0.1%2f", "127.0.0.1#", "127.0.0.1?",
    "localhost", "localhost.", "LOCALHOST", "LocalHost", "localhost%2e", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "localhost.localdomain",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2001::7f00:1]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]", "[::1%lo]",
    "[fec0::1]", "[fd00::1]", "[ff02::1]", "[100::1]", "169.254.169.254", "[::ffff:169.254.169.254]", "10.0.0.1",
    "100.64.0.1", "192.168.0.1", "172.16.0.1", "198.18.0.1", "192.0.0.8", "255.255.255.255", "224.0.0.1",
    "vendor.example@127.0.0.1", "vendor.example:443@127.0.0.1", "vendor.example%40127.0.0.1", "user:pass@localhost",
)  # fmt: skip

# Strings that lead a careless redirector to another host; `{}` is that host with its port.
BAIT = (
    "http://{}/", "https://{}/", "//{}/", "///{}/", "////{}", "/\\{}", "\\\\{}/", "/\t/{}/", "/%09/{}", "/%5c{}", "/%2f%2f{}",
    "http:{}/", "http:/{}/", "https:\\\\{}", "http://vendor.example@{}/", "http://vendor.example#@{}/",
    "http://{}\\@vendor.example/", "http://vendor.example\\.{}/", "https://{}?vendor.example", "https://{}#vendor.example",
    "//{}@vendor.example/", " http://{}/", "http://{}%00.vendor.example/", "/..//{}/", "/./{}", "?next=http://{}/",
    "javascript://{}/%0aalert(1)", "data:text/html,<script src=http://{}>", "file://{}/etc/hosts", "ftp://{}/", "gopher://{}/",
    "http://[::1]:80/{}", "hTTp://{}/", "http://{}:80/", "jar:http://{}!/", "\u2028http://{}/", "http://{}\r\nX: y",
)  # fmt: skip


class Trap:
    """A listener that answers nobody and knows how often it was connected to."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]

    def sprung(self) -> int:
        """How many connections came, since the last time it was asked."""
        count = 0
        while True:
            try:
                self._listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@contextmanager
def trap(host: str, port: int = 0) -> Iterator[Trap]:
    """A trap at an address of this machine. OSError where the machine has no such address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        listener.setblocking(False)
        yield Trap(listener)


def private_address() -> str:
    """An address of this machine that other machines of its network could reach, or a second one of loopback."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        found = []
    addresses = [str(place[4][0]) for place in found]
    return next((address for address in addresses if not address.startswith("127.")), "127.0.0.3")
