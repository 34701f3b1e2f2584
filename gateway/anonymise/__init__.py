"""Weaken what leaves: the only way from a hit to an event."""
