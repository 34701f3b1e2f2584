"""A privacy-first, consent-aware gateway in front of third-party pixels."""

__version__ = "0.1.0"
