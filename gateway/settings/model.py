"""Everything an operator may say, as values with safe defaults."""

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.days import SECONDS_A_DAY
from gateway.region.databases import Source
from gateway.region.edge import VENDORS, Edge
from gateway.settings.mail import MailSettings
from gateway.settings.oidc import IssuerSettings
from gateway.settings.opendsr import OpenDsrSettings
from gateway.settings.rights import RightsSettings
from gateway.settings.scalars import Address, Bytes, Closed, Listener, Networks, Seconds, Secret, Words, listed
from gateway.web.limits import Limits

PREFIX = "GATEWAY_"
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


class Listeners(Closed):
    """The public listener, and the admin listener that nobody outside should reach."""

    public: Listener = Address("127.0.0.1", 8080)
    admin: Listener = Address("127.0.0.1", 9090)


class DestinationSettings(Closed):
    """How a destination of the policy is reached: its vendor's manifest, the account there, and who feeds it.

    `sources` are pixel ids, and `events` for our own endpoints. `endpoint` replaces scheme and host of the vendor;
    `allow_loopback` lets it be on this machine. Both are for tests and demonstrations. `allow_networks` are networks of
    the operator's own that it may be in. `enabled: false` says that a destination of the policy is not connected here:
    it needs no vendor and gets nothing. `test` lets the vendor only try what it gets.
    """

    enabled: bool = True
    vendor: str = ""
    settings: dict[str, str | int | float | bool | dict[str, str]] = Field(default_factory=dict)
    secrets: dict[str, Secret] = Field(default_factory=dict)
    sources: Words = Field(default_factory=list)
    endpoint: str | None = None
    allow_loopback: bool = False
    allow_networks: Networks = ()
    test: bool = False

    @model_validator(mode="after")
    def _connected(self) -> "DestinationSettings":
        if self.enabled and not (self.vendor and self.sources):
            raise ValueError("an enabled destination has a vendor and sources; {enabled: false} connects nothing")
        return self


class KeySettings(Closed):
    """The root key, 32 random bytes in base64 (`gateway keys new`), and what a worker has in its place to open what is
    queued (`gateway keys vendors`)."""

    root: Secret
    vendors: Secret | None = None


class Delivery(Closed):
    """How long delivery is tried, how long failures are kept, and how much may wait on disk."""

    retry_for: Seconds = SECONDS_A_DAY
    keep_dead_letters: Seconds = 7 * SECONDS_A_DAY
    most_waiting: Bytes = 4 << 30
    drain: Seconds = 5


class ConsentSettings(Closed):
    """How long a choice made at `/consent` is kept, and what consent of others has to meet.

    `vendor_list` is a global vendor list of the TCF; `min_date` the day for a site before which no yes counts; `tk`
    answers Do Not Track in a header. `cmps` is what the sites made of their consent platforms, by platform
    (`gateway.consent.cmp.config`).
    """

    lifetime: Seconds = 180 * SECONDS_A_DAY
    vendor_list: Path | None = None
    min_date: dict[str, date] = Field(default_factory=dict)
    cmps: dict[str, dict[str, Any]] = Field(default_factory=dict)
    tk: bool = False


class SaltSettings(Closed):
    """The daily salt. `share` is the URL of a Redis server over which replicas agree on it; without one each has its
    own."""

    share: Secret | None = None


class StoreSettings(Closed):
    """Where events wait. Without `url`, in the data directory; with one, in a Redis server that replicas share.

    `durability` is the least class that will do, `vouched` the one that the operator vouches for where the server does
    not let itself be asked; `wait_replicas` how many replicas must have an event before it is acknowledged. `timeout`
    is what an answer may take; with `spool`, what the server cannot take is kept in the data directory for later.
    """

    url: Secret | None = None
    user: str = ""
    password: Secret | None = None
    sentinel_password: Secret | None = None
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    prefix: str = Field(default="gw", pattern=r"^[A-Za-z0-9._-]{1,64}$")
    durability: Literal["strict", "replicated", "relaxed", "none"] = "strict"
    vouched: Literal["", "strict", "replicated", "relaxed", "none"] = ""
    wait_replicas: int = Field(default=0, ge=0, le=10)
    timeout: Seconds = 0.5
    spool: bool = True


class TruncateSettings(Closed):
    """How many bits of an address its network is made of, where a policy says `truncate`. Only less is possible."""

    ipv4: int = Field(default=24, ge=0, le=24)
    ipv6: int = Field(default=32, ge=0, le=32)


class ScrubSettings(Closed):
    """Rules of the operator's own for the scrubber, beside the shipped ones."""

    rules: Path | None = None


class GeoSettings(Closed):
    """Databases that tell where an address is.

    `table` is `shipped`, `none` or the path of a file that `gateway geo build` made; `mmdb` a database in MaxMind's
    format. `cross_check` names sources whose answers are joined. `trust_old` lets data older than a year stand alone.
    """

    table: str = "shipped"
    mmdb: Path | None = None
    cross_check: Annotated[list[Source], BeforeValidator(listed)] = Field(default_factory=list)
    trust_old: bool = False


class TraceSettings(Closed):
    """Where requests to vendors are traced to: `endpoint` is the address of an OpenTelemetry collector that takes OTLP
    over HTTP. `share` of them are; the networks it may be in are as those of a destination."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._/-]*)?$")
    share: float = Field(default=1.0, ge=0, le=1)
    allow_loopback: bool = False
    allow_networks: Networks = ()

    @model_validator(mode="after")
    def _secure(self) -> "TraceSettings":
        own = self.allow_loopback or self.allow_networks
        if self.endpoint and self.endpoint.startswith("http:") and not own:
            raise ValueError("an endpoint without TLS is in a network of your own: allow_networks or allow_loopback")
        return self


def _named_edge(value: Any) -> Any:
    """The name of a vendor whose headers are known stands for them."""
    if isinstance(value, str) and value not in VENDORS:
        raise ValueError(f"there is no vendor {value!r}; known: {', '.join(VENDORS)}, or name the header yourself")
    return VENDORS[value] if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything an operator may say."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, enable_decoding=False
    )

    listeners: Listeners = Listeners()
    data_dir: Path = Path("data")
    api_keys: Path = Path("api-keys.jsonl")
    oidc: dict[str, IssuerSettings] = Field(default_factory=dict)
    policy: Path = Path("policy.yaml")
    candidate: Path | None = None
    reload_every: Seconds = 5
    vendors_dir: Path | None = None
    sites: dict[str, Words]
    child_directed: Words = Field(default_factory=list)
    write_keys: dict[str, Words] = Field(default_factory=dict)
    trusted_proxies: Words = Field(default_factory=list)
    edge: Annotated[Edge | None, BeforeValidator(_named_edge)] = None
    forwarded: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    geo: GeoSettings = GeoSettings()
    destinations: dict[str, DestinationSettings]
    keys: KeySettings
    limits: Limits = Limits()
    delivery: Delivery = Delivery()
    consent: ConsentSettings = ConsentSettings()
    salt: SaltSettings = SaltSettings()
    store: StoreSettings = StoreSettings()
    truncate: TruncateSettings = TruncateSettings()
    scrub: ScrubSettings = ScrubSettings()
    mail: MailSettings = MailSettings()
    rights: RightsSettings = RightsSettings()
    opendsr: OpenDsrSettings | None = None
    traces: TraceSettings = TraceSettings()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("sites")
    @classmethod
    def _hosts(cls, sites: dict[str, list[str]]) -> dict[str, list[str]]:
        hosts = [host for listed in sites.values() for host in listed]
        if not hosts or not all(sites.values()):
            raise ValueError("each site has at least one host")
        if len(set(hosts)) != len(hosts):
            raise ValueError("a host belongs to one site")
        if not all(_HOST.match(host) or re.fullmatch(r"\[[0-9a-f:.]+\]", host) for host in hosts):
            raise ValueError("a host is a bare name in lower case, without scheme, port or path")
        return sites

    @field_validator("child_directed", "write_keys")
    @classmethod
    def _known(cls, names: Collection[str], info: ValidationInfo) -> Collection[str]:
        unknown = [name for name in names if name not in info.data.get("sites", names)]
        if unknown:
            raise ValueError(f"there is no site {unknown[0]!r}")
        return names

    @field_validator("limits")
    @classmethod
    def _positive(cls, limits: Limits) -> Limits:
        if any(getattr(limits, name) <= 0 for name in Limits.__slots__):
            raise ValueError("a limit is more than 0")
        return limits

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: Any, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the file (which arrives as the arguments of the constructor)."""
        return named["env_settings"], named["init_settings"]
