"""Answer requests for the tag: the same bytes for everybody, and no header that depends on who asks."""

from collections.abc import Mapping

from gateway.web.replies import Reply, Scope, refusal, whole
from gateway.web.tag.assemble import tag

PATH = "/gw.js"
_METHODS = b"GET, HEAD"
# Its address stays while its bytes change with a version, unless the address itself says which bytes are meant.
_CHANGING = (b"cache-control", b"public, max-age=3600")
_PINNED = (b"cache-control", b"public, max-age=31536000, immutable")


class TagDesk:
    """Answers `/gw.js`. Nothing is read of a request but its method, its query and `If-None-Match`."""

    def __init__(self) -> None:
        made = tag()
        self._pin = f"v={made.version}".encode()
        self._etag = f'"{made.version}"'.encode()
        # A page that checks the digest has to be let read the script, from whichever origin the page is.
        always = (
            (b"x-content-type-options", b"nosniff"),
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"etag", self._etag),
        )
        sized = (b"content-length", b"%d" % len(made.script))
        full = (*always, (b"content-type", b"text/javascript; charset=utf-8"), sized)
        self._script = whole(200, (_CHANGING, *full), made.script)
        self._pinned = whole(200, (_PINNED, *full), made.script)
        self._unchanged = whole(304, (_CHANGING, *always), b"")

    def respond(self, scope: Scope) -> Reply:
        """The script, or that the browser has it already."""
        if scope["method"] not in ("GET", "HEAD"):
            return refusal(405, (b"allow", _METHODS))
        fields: Mapping[bytes, list[bytes]] = scope["fields"]
        known = b",".join(fields.get(b"if-none-match", ()))
        if self._etag in (each.strip().removeprefix(b"W/") for each in known.split(b",")):
            return self._unchanged
        return self._pinned if scope["query_string"] == self._pin else self._script
