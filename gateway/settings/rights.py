"""What an operator says of persons' requests: how long they wait and are kept, and where erasures are written down."""

from pathlib import Path

from pydantic import Field

from gateway.days import SECONDS_A_DAY
from gateway.settings.scalars import Closed, Seconds
from gateway.settings.webhooks import WebhookSettings


class RightsSettings(Closed):
    """`journal` is the file of erasures that must outlive every backup: it belongs beside `gateway.yaml`, never into
    `data_dir`. `backups` is how long copies of the data directory or of the server are kept, None where nobody makes
    any. A request waits `verify_within` for its verification; what it hands out is kept for `keep_packages`, the
    request itself for `keep_requests` after its end, and who received what of a person for `keep_recipients`. A key of
    the API may ask `requests_per_minute`, and one network may have `choices_per_minute` recorded; `webhooks` says who
    is told of requests."""

    journal: Path = Path("erasures.jsonl")
    backups: Seconds | None = None
    verify_within: Seconds = 7 * SECONDS_A_DAY
    keep_packages: Seconds = 7 * SECONDS_A_DAY
    keep_requests: Seconds = 3 * 365 * SECONDS_A_DAY
    keep_recipients: Seconds = 395 * SECONDS_A_DAY
    requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    choices_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    webhooks: WebhookSettings = WebhookSettings()
