"""Find and mask personal data, however it is encoded and wherever it stands.

`SHIPPED`, `scrub` and `decode` are what the rest of the gateway uses; `detect` is what people ask.
"""

from gateway.anonymise.scrub.detect import SHIPPED
from gateway.anonymise.scrub.strict import MAX_TEXT, Scrubber, decode

scrub = SHIPPED.scrub

__all__ = ("MAX_TEXT", "SHIPPED", "Scrubber", "decode", "scrub")
