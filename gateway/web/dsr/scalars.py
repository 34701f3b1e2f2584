"""Say which form the values have that the API of rights takes and gives: ids, times, words, free texts."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
UUID4 = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")
_NUMBER = re.compile(r"[0-9]{1,9}")


class Taken(BaseModel):
    """Something that is asked: no unknown names, no value that is turned into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Given(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def moment(value: Any) -> int:
    """The POSIX second of an RFC 3339 time; of one that was cut, the second it was in. ValueError where it is none."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("a time is written as 2026-11-23T10:00:00Z")
    try:
        return int(datetime.fromisoformat(re.sub(r":60(?=[.Zz+-])", ":59", value.upper())).astimezone(UTC).timestamp())
    except OverflowError:
        raise ValueError("a time is of the years 1 to 9999 in UTC") from None


def shown(at: int) -> str:
    """A POSIX second as the API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe(at: int) -> str | None:
    """The same, and nothing for no time."""
    return shown(at) if at else None


def number(value: Any) -> Any:
    """The whole number that digits write; anything else as it is."""
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


Moment = Annotated[int, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, Field(pattern=UUID)]
ClientId = Annotated[str, Field(pattern=UUID4)]

# Words of a person, shown to persons: printable, with something in it, and no longer than anybody reads.
Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x08\x0b-\x1f\x7f]*$",
    ),
]

# A name or a number in somebody else's books.
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,79}$")]
