"""What an operator says of the mails that are sent: where their links may lead, how long they count, what they are."""

from pydantic import Field, field_validator

from gateway.days import SECONDS_A_DAY
from gateway.mail.links import host
from gateway.mail.token import NAME
from gateway.settings.scalars import Closed, Seconds, Words


class MailSettings(Closed):
    """`click_hosts` are all the hosts that a link of a mail may lead to. No token counts for more than `lifetime` after
    its mail. `campaigns` names the messages of each campaign; no other can be counted."""

    click_hosts: Words = Field(default_factory=list)
    lifetime: Seconds = 90 * SECONDS_A_DAY
    campaigns: dict[str, Words] = Field(default_factory=dict)

    @field_validator("click_hosts")
    @classmethod
    def _hosts(cls, listed: list[str]) -> list[str]:
        hosts = [host(each) for each in listed]
        if None in hosts:
            raise ValueError("a host is the name of one, such as www.shop.example: no address, port, path or wildcard")
        return [each for each in hosts if each]

    @field_validator("campaigns")
    @classmethod
    def _names(cls, campaigns: dict[str, list[str]]) -> dict[str, list[str]]:
        names = [*campaigns, *(message for messages in campaigns.values() for message in messages)]
        if not all(campaigns.values()) or not all(map(NAME.match, names)):
            raise ValueError("a campaign has messages, and each name is 1 to 40 of a-z, 0-9 and -, with a letter first")
        return campaigns
