"""Read a line that somebody hands in as JSON, of whatever bytes it is made."""

import json
from typing import Any


class NotJsonError(ValueError):
    """A line that is none; its message is a word for people."""


def parse(line: bytes | str) -> Any:
    """What a line says. NotJsonError where it is no JSON, or holds a text that could not be written down again."""
    try:
        value = json.loads(line)
        # Half of a surrogate pair is good JSON and no Unicode: whoever printed it would fail there.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise NotJsonError("JSON that is nested too deeply") from None
    except UnicodeEncodeError:
        raise NotJsonError("JSON with half of a surrogate pair") from None
    except ValueError:
        raise NotJsonError("not JSON") from None
    return value
