"""Derive the event of one destination: the only door from a hit to something that may be kept.

What a destination does not receive is not even read. A field, level or value that nobody here knows is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from gateway.anonymise import geo, identifiers, ip, times, url, user_agent, values
from gateway.anonymise.ip import Address
from gateway.anonymise.scrub import SHIPPED, Scrubber
from gateway.anonymise.scrub.labels import kinds_in
from gateway.anonymise.subjects import Person, filed, persons_among, subjects_of
from gateway.days import day_of
from gateway.decision import ASKED, Sends, Verdict
from gateway.event import Event
from gateway.facts import Facts
from gateway.hit import Hit, RawEvent
from gateway.keys import Keys, Mac, Subjects, digest
from gateway.taxonomy import LEVELS, is_field, transform_of

MAX_PLANS = 1024
MAX_KEYS = 4096
MAX_NAMED_BY_PAGE = 32

_ACCOUNT = re.compile(r"[A-Za-z0-9._:/,-]{0,64}")


class Occasion(NamedTuple):
    """A hit with what was found out about it. It lives as long as the request, and not longer.

    `locate` tells the address of the client; it is asked only where the policy lets something of it leave. `subject` is
    the keyed pseudonym of the consent record, `policy` the fingerprint of the policy that decides. `recognise` tells
    the id of a visitor who agreed to be known again, from the hit and the subject.
    """

    hit: Hit
    facts: Facts
    locate: Callable[[Hit], Address | None]
    subject: str
    policy: str
    recognise: Callable[[Hit, str], str | None] = lambda hit, subject: None

    @property
    def visitor(self) -> str | None:
        """The id in the visitor's own cookie, or None."""
        return self.recognise(self.hit, self.subject)

    @property
    def address(self) -> Address | None:
        """The address of the client, or None where it cannot be known."""
        return self.locate(self.hit)

    def of_a_stranger(self) -> "Occasion":
        """The same of a visitor who is not known again."""
        return Occasion(self.hit, self.facts, self.locate, self.subject, self.policy)

    def __repr__(self) -> str:
        return "<Occasion>"


Read = Callable[[RawEvent, Occasion], Any]


class _Step(NamedTuple):
    field: str
    level: str
    read: Read


class _Plan(NamedTuple):
    """A `Sends`, compiled for one destination. `open` are the groups sent whole, with the level of their fields,
    `persons` those of the steps that tell somebody apart, `masked` the fields in which a mask may stand."""

    sends: Sends
    steps: tuple[_Step, ...]
    open: tuple[tuple[str, str], ...]
    event_id: Mac
    persons: tuple[Person, ...]
    masked: tuple[str, ...]


class Masked(NamedTuple):
    """Where the scrubber put a mask, and of what kind: never what was there."""

    site: str
    pixel: str
    field: str
    kind: str


class Rules(NamedTuple):
    """`clicks`: destination -> the click ids its vendor issued (`click.gclid`): no other goes there, whatever policy
    lists. `kept`: how much of an address is left at `truncate`. `scrubber` scrubs, and `told` is told of each mask."""

    clicks: Mapping[str, frozenset[str]] = {}
    kept: ip.Kept = ip.MOST_KEPT
    scrubber: Scrubber = SHIPPED
    told: Callable[[Masked], None] | None = None


NO_RULES = Rules()


class Anonymiser:
    """Derives events. `salt` gives the random salt of a day (days since 1970-01-01 UTC), at least 16 bytes; `rules`
    is what the operator and the vendors say about it.

    A salt that is shorter or empty stands for a day whose salt is gone: what would need it is left out.
    """

    def __init__(self, keys: Keys, salt: Callable[[int], bytes | bytearray], rules: Rules = NO_RULES) -> None:
        self._keys = keys
        self._salt = salt
        self._rules = rules
        self._subjects = Subjects(keys.ring("subject"))
        self._plans: dict[tuple[str, int], _Plan] = {}
        self._macs: dict[tuple[str, str], Mac] = {}

    def derive(self, raw: RawEvent, occasion: Occasion, verdict: Verdict, new_id: Callable[[], str]) -> Event:
        """The event of the verdict's destination. ValueError where the verdict is a refusal.

        `new_id` makes a fresh UUID, for where the page gave the event no id.
        """
        if verdict.sends is None or not verdict.allow:
            raise ValueError("a refused hit has no event")
        plan = self._plan(verdict.destination, verdict.sends)
        if plan.open:
            plan = self._opened(plan, raw, verdict.destination)
        if verdict.reason not in ASKED:  # the cookie was set when the visitor agreed, and is read on no other ground
            occasion = occasion.of_a_stranger()
        site = occasion.hit.site
        event_id = identifiers.event_id(raw.id, plan.event_id, f"{site}/{raw.name}") if raw.id else new_id()
        fields: dict[str, Any] = {}
        levels: dict[str, str] = {}
        left_out: list[str] = []
        for field, level, read in plan.steps:
            value = event_id if field == "event.id" else read(raw, occasion)
            if value is None:
                left_out.append(field)
                continue
            fields[field] = value
            if level:
                levels[field] = level
        self._tell(fields, plan.masked, raw.pixel, site)
        if left_out:
            self._tell_left_out(raw, left_out, site)
        named = subjects_of(self._subjects, plan.persons, raw.fields, fields) if plan.persons else ()
        subject, also = filed(occasion.subject, named)
        # In the order of the class: told by name, so many would cost as much as reading half of the fields.
        return Event(
            event_id, verdict.destination, raw.name, int(occasion.hit.received), site,
            occasion.facts.about(verdict.destination), fields, levels,
            raw.pixel, raw.account if _ACCOUNT.fullmatch(raw.account) else "", subject, occasion.policy,
            _kept(raw.kept, self._rules.scrubber) if raw.kept else None, plan.sends.grants,
            also, _apart(raw, site, plan.event_id) if raw.id else "", occasion.subject,
        )  # fmt: skip

    def _tell(self, fields: Mapping[str, Any], masked: Iterable[str], pixel: str, site: str) -> None:
        """Tell which kinds of mask stand in which field. The masks themselves say it, so nothing is carried along."""
        if self._rules.told is None:
            return
        for field in masked:
            value = fields.get(field, "")
            if type(value) is str and "]" not in value:  # nearly all, and on every hit
                continue
            for text in _texts(value):
                for kind in kinds_in(text):
                    self._rules.told(Masked(site, pixel, field, kind))

    def _tell_left_out(self, raw: RawEvent, left_out: Iterable[str], site: str) -> None:
        """Tell of values that were left out whole what they would be as texts with masks: it is as much of a fault."""
        if self._rules.told is None:
            return
        for field in left_out:
            carried = raw.fields.get(field)
            if carried is not None and isinstance(carried, str | int | float):
                self._tell({field: self._rules.scrubber.scrub(str(carried)) or ""}, (field,), raw.pixel, site)

    def _plan(self, destination: str, sends: Sends) -> _Plan:
        """The compiled form; policies decide from few `Sends`, which the plan keeps alive so its identity holds."""
        place = destination, id(sends)
        plan = self._plans.get(place)
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[place] = self._compile(destination, sends)
        return plan

    def _compile(self, destination: str, sends: Sends) -> _Plan:
        steps = [
            step
            for field, level in sends.levels.items()
            if not field.endswith(".*") and (step := self._step(field, level, destination, sends)) is not None
        ]
        groups = tuple((field[:-1], level) for field, level in sends.levels.items() if field.endswith(".*"))
        return self._planned(sends, steps, groups, self._mac("event-id", destination))

    def _planned(
        self, sends: Sends, steps: Sequence[_Step], groups: tuple[tuple[str, str], ...], event_id: Mac
    ) -> _Plan:
        persons = persons_among((step.field, step.level) for step in steps)
        masked = tuple(step.field for step in steps if _may_be_masked(step.field, step.level))
        return _Plan(sends, tuple(steps), groups, event_id, persons, masked)

    def _opened(self, plan: _Plan, raw: RawEvent, destination: str) -> _Plan:
        """The plan with the steps for what the page sent of the groups that the policy lists whole."""
        return self._planned(plan.sends, (*plan.steps, *self._named_by_page(plan, raw, destination)), (), plan.event_id)

    def _named_by_page(self, plan: _Plan, raw: RawEvent, destination: str) -> list[_Step]:
        """The steps for fields that the policy lists as a group only (`click.*`): what the page sent of it."""
        steps: list[_Step] = []
        for prefix, level in plan.open:
            for field in raw.fields:
                named = field.startswith(prefix) and field not in plan.sends.levels
                if not named or len(steps) >= MAX_NAMED_BY_PAGE or not values.is_name(field[len(prefix) :]):
                    continue
                step = self._step(field, level, destination, plan.sends)
                if step is not None:
                    steps.append(step)
        return steps

    def _step(self, field: str, level: str, destination: str, sends: Sends) -> _Step | None:
        """How one field is read, or None where nothing of it is sent."""
        transform = transform_of(field)
        if transform is None:
            read = _unweakened(field, self._rules.scrubber)
            return None if read is None else _Step(field, "", read)
        if level not in LEVELS[transform] or level == "drop" or not is_field(field):
            return None
        if transform == "click" and field not in self._rules.clicks.get(destination, ()):
            return None
        if transform == "id":
            return _Step(field, level, self._identifier(field, level, destination))
        if transform == "ip":
            return _Step(field, level, self._address(level, destination))
        return _Step(field, level, _weakened(field, transform, level, sends, self._rules.scrubber))

    def _mac(self, kind: str, destination: str) -> Mac:
        place = kind, destination
        mac = self._macs.get(place)
        if mac is None:
            if len(self._macs) >= MAX_KEYS:
                self._macs.clear()
            mac = self._macs[place] = identifiers.mac_of(self._keys, kind, destination)
        return mac

    def _day_key(self, kind: str, destination: str, occasion: Occasion) -> bytes | None:
        """Made anew for each event: a day's key must not outlive its salt in some cache."""
        return identifiers.day_key(self._salt(day_of(occasion.hit.received)), kind, destination)

    def _identifier(self, field: str, level: str, destination: str) -> Read:
        if level == "daily_hash":
            return self._daily(field, destination)
        mac = self._mac(field, destination)
        raw_id = partial(identifiers.raw, scrubber=self._rules.scrubber)
        weaken = raw_id if level == "raw" else partial(identifiers.keyed, mac=mac)
        if field != "id.visitor":
            return lambda raw, occasion: weaken(raw.fields.get(field))

        def visitor(raw: RawEvent, occasion: Occasion) -> str | None:
            carried = raw.fields.get(field)
            # The id of our own cookie leaves at no level: who gets it raw from two vendors could join them.
            return identifiers.keyed(occasion.visitor, mac) if carried is None else weaken(carried)

        return visitor

    def _daily(self, field: str, destination: str) -> Read:
        def daily(raw: RawEvent, occasion: Occasion) -> str | None:
            carried = raw.fields.get(field)
            made = carried is None and field == "id.visitor"
            text = _visitor(occasion) if made else identifiers.text_of(carried)
            key = None if text is None else self._day_key(field, destination, occasion)
            return None if text is None or key is None else digest(key, text)

        return daily

    def _address(self, level: str, destination: str) -> Read:
        if level == "country":  # the country is the geo field's to tell; no address is left at this level
            return lambda raw, occasion: None
        if level in ("full", "truncate"):
            kept = self._rules.kept
            weaken = (lambda address: ip.truncate(address, kept)) if level == "truncate" else str
            return lambda raw, occasion: None if (address := _client(raw, occasion)) is None else weaken(address)

        def keyed(raw: RawEvent, occasion: Occasion) -> str | None:
            address = _client(raw, occasion)
            key = None if address is None else self._day_key(f"client.ip/{level}", destination, occasion)
            if address is None or key is None:
                return None
            return ip.keyed(address, key) if level == "hash" else str(ip.prefix(address, key))

        return keyed


def _may_be_masked(field: str, level: str) -> bool:
    """Whether a bracket can stand in what is left of a field: not where it is written by us, or a number or a code."""
    ours = field == "event.id" or transform_of(field) in ("time", "geo", "ip", "click", "contact")
    if ours or field in values.UNMASKED:
        return False
    return level not in ("family", "class", "keyed_hash", "daily_hash")


def _client(raw: RawEvent, occasion: Occasion) -> Address | None:
    carried = raw.fields.get("client.ip")
    if carried is not None:
        return ip.parse(carried)
    address = occasion.address
    return None if address is None else ip.plain(address)


def _visitor(occasion: Occasion) -> str | None:
    """What tells visitors apart without a cookie; hashed with the day's key at once. Nothing without an address."""
    address = occasion.address
    if address is None:
        return None
    hit = occasion.hit
    return f"{hit.site}\n{ip.plain(address)}\n{hit.header(b'user-agent')}"


def _kept(technical: Mapping[str, str], scrubber: Scrubber) -> Mapping[str, str] | None:
    """The technical parameters as they are; one that holds something personal is no technical parameter."""
    return {name: text for name, text in technical.items() if scrubber.is_technical(text)} or None


def _language(raw: RawEvent, occasion: Occasion) -> Any:
    """What the event tells of it, else what the request does, where that is the visitor's."""
    told = raw.fields.get("device.language")
    return told or ("" if raw.alone or raw.vouched else occasion.hit.header(b"accept-language"))


def _apart(raw: RawEvent, site: str, mac: Mac) -> str:
    """What tells events apart that share an id of the page: of two accounts, or an order and the view of its page."""
    order = raw.fields.get("order.id", "")
    return mac.digest(f"{site}\n{raw.name}\n{raw.account}\n{order}\n{raw.id}")


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value of an event that may hold a mask."""
    if isinstance(value, str):
        if "]" in value:
            yield value
    elif isinstance(value, list):
        for entry in value:
            yield from (text for text in entry.values() if isinstance(text, str) and "]" in text)


def _unweakened(field: str, scrubber: Scrubber) -> Read | None:
    """How a field without levels is read: from the event, else from the request where that tells it."""
    if field == "event.name":
        return lambda raw, occasion: raw.name
    if field == "event.id":  # set by `derive`, which knows it
        return lambda raw, occasion: None
    check = values.check_of(field, scrubber)
    if check is None:
        return None
    if field == "device.language":
        return lambda raw, occasion: check(_language(raw, occasion))
    return lambda raw, occasion: None if (value := raw.fields.get(field)) is None else check(value)


def _weakened(field: str, transform: str, level: str, sends: Sends, scrubber: Scrubber) -> Read:
    """How a field is read whose level needs no key."""
    if transform == "url":
        return lambda raw, occasion: url.weaken(_page(raw, occasion), level, sends.url_params, scrubber)
    if transform == "referrer":  # never from the Referer header: of a pixel's request, that is the page itself
        return lambda raw, occasion: url.weaken_referrer(raw.fields.get(field), level, _page(raw, occasion), scrubber)
    if transform == "user_agent":
        return lambda raw, occasion: user_agent.weaken(_agent(raw, occasion), level)
    if transform == "time":
        return lambda raw, occasion: _time(raw.fields.get(field), occasion, level)
    if transform == "geo":
        tell = geo.region if field == "geo.region" else geo.country
        return lambda raw, occasion: tell(occasion.facts.regions, level)
    check = values.sha256 if transform == "contact" else values.click
    return lambda raw, occasion: check(raw.fields.get(field))


def _page(raw: RawEvent, occasion: Occasion) -> str:
    carried = raw.fields.get("page.url")
    if carried is None:
        return occasion.hit.header(b"referer")
    return carried if isinstance(carried, str) else ""


def _agent(raw: RawEvent, occasion: Occasion) -> str:
    carried = raw.fields.get("device.user_agent")
    if carried is None:
        return occasion.hit.header(b"user-agent")
    return carried if isinstance(carried, str) else ""


def _time(carried: object, occasion: Occasion, level: str) -> str | None:
    received = int(occasion.hit.received)
    return times.write(received if carried is None else times.read(carried, received), level)
