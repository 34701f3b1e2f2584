"""What an operator says of messages about persons' requests: where they go, what signs them, whom clients may tell."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from gateway.settings.scalars import Closed, Networks, Secret, Words

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")

Address = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,900}$")]


class WebhookSettings(Closed):
    """`url` is told of each change of a request and of each deadline that comes near; `codes` is told a code and the
    address to send it to. `secret` signs all messages (`whsec_…`). `hosts` are those that clients may name for
    callbacks of theirs, `allow_networks` the operator's own networks that a host may be in, and where http will do."""

    url: Address | None = None
    codes: Address | None = None
    secret: Secret | None = None
    hosts: Words = Field(default_factory=list)
    allow_networks: Networks = ()

    @model_validator(mode="after")
    def _whole(self) -> "WebhookSettings":
        addresses = [each for each in (self.url, self.codes) if each]
        if (addresses or self.hosts) and not self.secret:
            raise ValueError("messages are signed: webhooks have a secret, whsec_ and base64 of 24 to 64 bytes")
        if not all(map(_HOST.fullmatch, self.hosts)):
            raise ValueError("a host is a bare name in lower case, with its port where that is not 443")
        if any(urlsplit(each).scheme == "http" for each in addresses) and not self.allow_networks:
            raise ValueError("a message leaves by https, but for the networks of allow_networks")
        return self
