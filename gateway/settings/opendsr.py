"""What an operator says of OpenDSR: in whose name is answered, and by which key."""

import re
from pathlib import Path

from pydantic import field_validator

from gateway.dsr.deadlines import place_of
from gateway.settings.scalars import Closed, Secret

_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


class OpenDsrSettings(Closed):
    """`domain` is the name that the certificate is for, and that the listener is reached by from outside; `key` its RSA
    key. `regulation` is that of a request that names none. `echo_request` sends a request back with its identities also
    where they are in clear."""

    domain: str
    key: Secret
    certificate: Path
    regulation: str = "gdpr"
    echo_request: bool = False

    @field_validator("domain")
    @classmethod
    def _domain(cls, domain: str) -> str:
        if not _DOMAIN.fullmatch(domain):
            raise ValueError("a domain is a bare name in lower case, such as opendsr.shop.example")
        return domain

    @field_validator("regulation")
    @classmethod
    def _regulation(cls, regulation: str) -> str:
        if place_of(regulation) is None:
            raise ValueError("there is no such regulation")
        return regulation
