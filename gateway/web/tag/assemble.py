"""Put the tag's modules together into the one script that every page gets."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

# In the order in which they may use each other.
MODULES = ("choice.js", "sending.js", "events.js", "queues.js", "start.js")

# Blanks and ends of lines beside a sign, outside of texts. The modules quote texts with ', have no blank in a regular
# expression, and end each statement with a semicolon.
_BLANKS = re.compile(r"('[^'\n]*')|\s*([{}()\[\],;:=<>?&|!])\s*")


class Tag(NamedTuple):
    """The script as bytes, and its digest as Subresource Integrity writes it (`sha384-…`)."""

    script: bytes
    integrity: str

    @property
    def version(self) -> str:
        """The beginning of the digest, fit for a URL: another script has another one."""
        return hashlib.sha256(self.script).hexdigest()[:16]

    def element(self, origin: str) -> str:
        """The HTML element that loads exactly this script from an origin such as `https://t.shop.example`."""
        address = f"{origin}/gw.js?v={self.version}"
        return f'<script src="{address}" integrity="{self.integrity}" crossorigin="anonymous"></script>'


@cache
def tag() -> Tag:
    """The tag, put together once; the same bytes in every process of this version."""
    folder = files("gateway.web.tag")
    parts = [_statements((folder / name).read_text("utf-8")) for name in MODULES]
    script = "\n".join(["(function(){'use strict';", *parts, "})();", ""]).encode()
    return Tag(script, f"sha384-{base64.b64encode(hashlib.sha384(script).digest()).decode()}")


def _statements(text: str) -> str:
    """A module without what only a reader needs: blanks, whole lines of comment, imports and `export`."""
    lines = (line.strip() for line in text.splitlines())
    kept = (line.removeprefix("export ") for line in lines if line and not line.startswith(("//", "import ")))
    return _BLANKS.sub(lambda found: found[1] or found[2], "\n".join(kept))
