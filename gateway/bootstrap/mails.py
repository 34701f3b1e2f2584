"""Say which tokens of mails count on the ground of a plan, and what can be said of them that never will."""

from collections.abc import Iterator
from dataclasses import replace

from gateway.consent.vouched import NAME as VOUCHED
from gateway.errors import Finding
from gateway.keys import Keys
from gateway.mail.accept import Acceptance
from gateway.mail.token import Tokens
from gateway.policy.decide import Policy
from gateway.settings.mail import MailSettings
from gateway.settings.read import Configured

KEY = "mail-token"


def acceptance(keys: Keys, settings: MailSettings) -> Acceptance:
    """What counts for these settings, sealed with any key that is believed."""
    campaigns = {name: frozenset(messages) for name, messages in settings.campaigns.items()}
    return Acceptance(Tokens(keys.ring(KEY)), campaigns, int(settings.lifetime))


def unnamed(configured: Configured, policy: Policy) -> Iterator[Finding]:
    """A policy that takes the word of a mail's token where there is no mail (a warning)."""
    if not configured.settings.mail.campaigns and any(line.kind == VOUCHED for line in policy.trust):
        message = "the policy trusts mail_token, and there are no mails: its yes does not count"
        hint = "mail: {campaigns: {newsletter: [issue]}} names those that are sent"
        yield replace(configured.finding(("policy",), "G027", message, hint), severity="warning")
