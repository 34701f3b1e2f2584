"""Turn the bytes of a file into text and back, so that every byte that is not edited stays as it was.

HTML's own characters are ASCII. Every encoding that holds ASCII as it is can be edited byte by byte, without knowing
which it is; the text is then one character a byte.
"""

import re
from typing import NamedTuple

_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CODED = re.compile(r"^content-transfer-encoding:\s*(?:quoted-printable|base64)", re.IGNORECASE | re.MULTILINE)


class Source(NamedTuple):
    """A file as text. `mark` are the bytes before it that tell the encoding."""

    text: str
    encoding: str
    mark: bytes

    def encoded(self, text: str) -> bytes:
        """The bytes of a text in the file's encoding."""
        return self.mark + text.encode(self.encoding)


def decoded(data: bytes) -> Source | str:
    """A file as text, or why it cannot be edited."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                source = Source(data[len(mark) :].decode(encoding), encoding, mark)
            except UnicodeDecodeError:
                return "it is no text"
            return source if source.encoded(source.text) == data else "it is no text"
    text = data.decode("latin-1")
    if "\0" in text:
        return "it is no text, or UTF-16 without a mark"
    if "\x1b" in text:
        return "its encoding has escapes; convert it to UTF-8 first"
    if _CODED.search(text):
        return "it is a mail as it is sent; adopt the template it is made of"
    return Source(text, "latin-1", b"")
