"""How durations, sizes, lists, listeners and secrets are written in the operator's file."""

import json
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SIZES = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])\Z")
_SIZE = re.compile(r"([0-9]{1,15}) ?(KiB|MiB|GiB|)\Z")
_LISTENER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):([0-9]{1,5})\Z")


class Closed(BaseModel):
    """A part of the settings: no unknown keys, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(NamedTuple):
    """Where a listener is bound. Port 0 takes a free one."""

    host: str
    port: int


class SecretRef(Closed):
    """Where a secret is: in a file, in a variable of the environment, or (warned about) written right here."""

    file: Path | None = None
    env: str | None = None
    value: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one(self) -> "SecretRef":
        if sum(given is not None for given in (self.file, self.env, self.value)) != 1:
            raise ValueError("a secret is either {file: …} or {env: …}")
        return self


def _seconds(value: Any) -> Any:
    """`90s`, `15m`, `24h`, `180d` or a number of seconds."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    return int(match[1]) * _UNITS[match[2]] if match else value


def _bytes(value: Any) -> Any:
    """`64KiB`, `1GiB` or a number of bytes."""
    match = _SIZE.match(value) if isinstance(value, str) else None
    return int(match[1]) * _SIZES[match[2]] if match else value


def listed(value: Any) -> Any:
    """A list; in the environment also JSON or words with commas."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.startswith("[") else [word.strip() for word in value.split(",") if word.strip()]


def _networks(value: Any) -> Any:
    """Networks as `10.1.0.0/16`; none that is the whole internet."""
    networks = tuple(ip_network(word) for word in listed(value))
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("a network of one's own is not all there is")
    return networks


def _listener(value: Any) -> Any:
    match = _LISTENER.match(value) if isinstance(value, str) else None
    if match is None or int(match[3]) > 65_535:
        raise ValueError("a listener is host:port, such as 127.0.0.1:8080")
    return Address(match[1] or match[2], int(match[3]))


def _reference(value: Any) -> Any:
    """A bare string stands for the secret itself."""
    return {"value": value} if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Words = Annotated[list[str], BeforeValidator(listed)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]
Listener = Annotated[Address, BeforeValidator(_listener)]
Secret = Annotated[SecretRef, BeforeValidator(_reference)]
