"""Tell whether a mail was fetched by a machine: a proxy of the mailbox, a scanner at its door, a program.

A machine's open says that the mail arrived. Apple's and Google's proxies also fetch for people who read, but what they
fetch says nothing of whether and when. Addresses are not looked at: Apple's relay carries its users' browsers too.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from gateway.anonymise.prefetch import is_prefetch
from gateway.anonymise.user_agent import is_bot

# The events that mails lead to, of our own tokens and of vendors' pixels.
EVENTS = frozenset(("email_open", "email_click"))

# What is fetched before a person can have seen the mail was fetched at its arrival.
HASTE_SECONDS = 10


class Fetcher(NamedTuple):
    """Whose machine it is, what its User-Agent looks like, and where that is told."""

    whose: str
    agent: str
    source: str


FETCHERS = (
    Fetcher("Apple Mail Privacy Protection", r"\AMozilla/5\.0\Z", "help.socketlabs.com: identifying Apple MPP opens"),
    Fetcher("Gmail image proxy", r"GoogleImageProxy|ggpht\.com", "github.com/browscap/browscap/issues/1108"),
    Fetcher("Gmail at arrival", r"Edge/12\.246 Mozilla/5\.0\Z", "github.com/mautic/mautic/pull/10245"),
    Fetcher("Gmail following links", r"Gmail-content-sampling", "github.com/mssola/user_agent/issues/71"),
    Fetcher("Yahoo Mail proxy", r"YahooMailProxy", "help.yahoo.com/kb/SLN28749"),
    Fetcher("Microsoft Safe Links", r"SafeLinks|Office Existence Discovery", "learn.microsoft.com: Safe Links"),
    Fetcher("Barracuda", r"Barracuda", "github.com/JayBizzle/Crawler-Detect/issues/552"),
    Fetcher("Proofpoint", r"Proofpoint", "names itself"),
    Fetcher("Mimecast", r"Mimecast", "names itself"),
    Fetcher("Cisco", r"IronPort", "names itself"),
)
_FETCHER = re.compile("|".join(fetcher.agent for fetcher in FETCHERS), re.IGNORECASE)
_MOST_TEXT = 512


def is_machine(headers: Mapping[bytes, list[bytes]], seconds: float | None = None) -> bool:
    """Whether whoever asked is a machine. `headers` maps lower-case names to values; `seconds` have passed since the
    mail was sent, None where nobody knows, as of a vendor's pixel.

    Of a mail of ours also who does not name itself is one: every browser and every mail program does.
    """
    agents = headers.get(b"user-agent", ())
    agent = agents[0].decode("latin-1")[:_MOST_TEXT].strip() if agents else ""
    if seconds is not None and (seconds < HASTE_SECONDS or not agent):
        return True
    return bool(_FETCHER.search(agent)) or is_bot(agent) or is_prefetch(headers)
