"""Make the token of a mail out of the words of whoever sends it, or say which word is wrong."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from gateway.days import SECONDS_A_DAY
from gateway.keys import Subjects
from gateway.mail.accept import AHEAD, OLDEST_YES_DAYS, Acceptance
from gateway.mail.links import landing, normal
from gateway.mail.token import CLICK, OPEN, Token
from gateway.region.iso import place

WORDS = ("site", "campaign", "message", "url", "record", "granted", "region", "sent", "days")

_RECORD = re.compile(r"(?:([0-7]):)?[A-Za-z0-9_-]{1,64}\Z")
_EPOCH = date(1970, 1, 1)


class WrongWord(ValueError):
    """A word with which no token can be made; the message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Issuing:
    """`sites` and `hosts` (where links may lead) are the operator's, `subjects` makes the pseudonyms of consent records
    with so many `keys`. `now` is in POSIX seconds."""

    acceptance: Acceptance
    sites: Sequence[str]
    hosts: Collection[str]
    subjects: Subjects
    keys: int
    now: float

    def token(self, act: str, words: Mapping[str, Any]) -> Token:
        """The token of a mail that `WORDS` describe, with a `url` for a click. WrongWord where they make none."""
        for name, value in words.items():
            if name not in WORDS or not isinstance(value, int if name == "days" else str) or isinstance(value, bool):
                raise WrongWord(f"the words are {', '.join(WORDS)}: texts, and days a number")
        sent = self._sent(words.get("sent"))
        token = Token(
            act,
            self._site(words.get("site")),
            words.get("campaign", ""),
            words.get("message", ""),
            sent,
            sent + self._seconds(words.get("days")),
            **self._somebody(words),
            url=self._url(act, words.get("url")),
        )
        if not self.acceptance.names(token):
            raise WrongWord(
                "mail.campaigns has no such message; one of them may end in the day it is sent, as in issue-2026-11-27"
            )
        if not self.acceptance.is_timely(token, max(self.now, sent)):
            raise WrongWord("the mail was sent too long ago to count")
        if token.subject and not self.acceptance.agrees(token, token.expires - 1):
            raise WrongWord(f"a yes counts for {OLDEST_YES_DAYS} days, and the mail counts for longer: ask again")
        return token

    def _site(self, text: str | None) -> str:
        if text is None and len(self.sites) == 1:
            return self.sites[0]
        if text not in self.sites:
            raise WrongWord(f"site is one of {', '.join(self.sites)}")
        return str(text)

    def _sent(self, text: str | None) -> int:
        if text is None:
            return int(self.now)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise WrongWord("sent is a time such as 2026-11-27T09:00:00Z") from None
        sent = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if sent > self.now + AHEAD.total_seconds():
            raise WrongWord(f"a mail is sent within {AHEAD.days} days")
        return int(sent)

    def _seconds(self, days: int | None) -> int:
        if days is None:
            return self.acceptance.lifetime
        if not 0 < days * SECONDS_A_DAY <= self.acceptance.lifetime:
            raise WrongWord(f"days is 1 to {self.acceptance.lifetime // SECONDS_A_DAY} (mail.lifetime)")
        return days * SECONDS_A_DAY

    def _url(self, act: str, text: str | None) -> str:
        if act == OPEN and text is None:
            return ""
        url = normal(text) if act == CLICK and text else None
        if url is None:
            raise WrongWord(
                "url is what a link leads to: https, a plain host, the rest with percent signs for what is not ASCII"
            )
        if landing(url, self.hosts) is None:
            raise WrongWord("url leads to a host that mail.click_hosts does not list")
        return url

    def _somebody(self, words: Mapping[str, str]) -> dict[str, Any]:
        """Whose token it is, by a pseudonym; nothing for nobody's."""
        if "record" not in words and "granted" not in words and "region" not in words:
            return {}
        if "record" not in words or "granted" not in words:
            raise WrongWord("record and granted go together: a mail is somebody's only where that person agreed")
        return {"subject": self._subject(words["record"]), "granted": self._granted(words["granted"]), **_region(words)}

    def _subject(self, record: str) -> str:
        found = _RECORD.match(record)
        if found is None:
            raise WrongWord("record is the id of a consent record: 1 to 64 letters, digits, _ or -")
        if self.keys > 1 and not found[1]:
            raise WrongWord(
                "the root key was replaced: write 0:id for a record made since, 1:id for one of the key before"
            )
        if int(found[1] or 0) >= self.keys:
            raise WrongWord("there is no root key of that age")
        return self.subjects.digest(record if found[1] != "0" else record[2:])

    def _granted(self, text: str) -> int:
        try:
            day = (date.fromisoformat(text) - _EPOCH).days
        except ValueError:
            day = -1
        if not 0 < day <= self.now // SECONDS_A_DAY:
            raise WrongWord("granted is the day of the yes, such as 2026-11-01, and has been")
        return day


def _region(words: Mapping[str, str]) -> dict[str, str]:
    if "region" not in words:
        return {}
    code = place(words["region"])
    if not code:
        raise WrongWord("region is a code of ISO 3166, such as FR or US-CA")
    return {"region": code}
