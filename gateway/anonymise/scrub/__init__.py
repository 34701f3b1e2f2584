"""Find and mask personal data, however it is encoded and wherever it stands.

`scrub`, `scrub_listed`, `has_email` and `decode` are what the rest of the gateway uses; `detect` is what people ask.
"""

from gateway.anonymise.scrub.detect import LISTED, SHIPPED
from gateway.anonymise.scrub.strict import MAX_TEXT, decode

scrub = SHIPPED.scrub
scrub_listed = LISTED.scrub
has_email = SHIPPED.has_email

__all__ = ("MAX_TEXT", "decode", "has_email", "scrub", "scrub_listed")
