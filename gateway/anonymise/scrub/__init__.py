"""Find and mask personal data, however it is encoded and wherever it stands.

`SHIPPED`, `scrub`, `has_email` and `decode` are what the rest of the gateway uses; `detect` is what people ask.
"""

from gateway.anonymise.scrub.detect import SHIPPED
from gateway.anonymise.scrub.strict import MAX_TEXT, Scrubber, decode

scrub = SHIPPED.scrub
has_email = SHIPPED.has_email

__all__ = ("MAX_TEXT", "SHIPPED", "Scrubber", "decode", "has_email", "scrub")
