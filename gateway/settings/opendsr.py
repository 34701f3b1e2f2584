"""What an operator says of OpenDSR: in whose name is answered, and whom callbacks may reach."""

import re
from pathlib import Path

from pydantic import Field, field_validator

from gateway.dsr.deadlines import place_of
from gateway.settings.scalars import Closed, Networks, Secret, Words

_HOST = re.compile(
    r"(?=[^:]{1,253}(?::|\Z))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::[0-9]{1,5})?"
)


class OpenDsrSettings(Closed):
    """`domain` is the name that the certificate is for, and that the listener is reached by from outside; `key` its RSA
    key. `regulation` is that of a request that names none. `echo_request` sends a request back with its identities also
    where they are in clear. `callbacks` are all the hosts that may be told of a change, `allow_networks` networks of
    the operator's own that they may be in."""

    domain: str
    key: Secret
    certificate: Path
    regulation: str = "gdpr"
    echo_request: bool = False
    callbacks: Words = Field(default_factory=list)
    allow_networks: Networks = ()

    @field_validator("domain")
    @classmethod
    def _domain(cls, domain: str) -> str:
        if ":" in domain or not _HOST.fullmatch(domain):
            raise ValueError("a domain is a bare name in lower case, such as opendsr.shop.example")
        return domain

    @field_validator("callbacks")
    @classmethod
    def _hosts(cls, hosts: list[str]) -> list[str]:
        if not all(map(_HOST.fullmatch, hosts)):
            raise ValueError("a host is a bare name in lower case, with its port where that is not 443")
        return hosts

    @field_validator("regulation")
    @classmethod
    def _regulation(cls, regulation: str) -> str:
        if place_of(regulation) is None:
            raise ValueError("there is no such regulation")
        return regulation
