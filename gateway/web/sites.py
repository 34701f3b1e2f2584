"""Know the sites by their hosts: a request for any other host is nobody's (421), and only their pages may call us."""

from collections.abc import Iterable, Mapping

Header = tuple[bytes, bytes]
_ALLOWED = (
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-max-age", b"86400"),
)


class Sites:
    """The operator's sites, by host. Hosts are compared without case and port."""

    def __init__(self, hosts: Mapping[str, Iterable[str]]) -> None:
        self._site_of = {host.lower().encode("idna"): site for site, all_of in hosts.items() for host in all_of}

    def of_host(self, host: bytes) -> str | None:
        """The site a Host field names, or None."""
        return self._site_of.get(host) or self._site_of.get(_bare(host))

    def cors(self, fields: Mapping[bytes, list[bytes]], site: str) -> tuple[Header, ...]:
        """The headers that let a page of this very site read our answer and send its cookies along."""
        origins = fields.get(b"origin")
        if not origins or len(origins) != 1:
            return ()
        return self.grants(origins[0], site)

    def grants(self, origin: bytes, site: str) -> tuple[Header, ...]:
        """The same for one Origin."""
        scheme, separator, host = origin.partition(b"://")
        if not separator or scheme not in (b"https", b"http") or self.of_host(host) != site:
            return ()
        return ((b"access-control-allow-origin", origin), *_ALLOWED)


def _bare(host: bytes) -> bytes:
    """A host in lower case, without its port."""
    name, colon, port = host.lower().rpartition(b":")
    return name if colon and port.isdigit() and len(port) <= 5 else host.lower()
