"""The demo, driven as a visitor drives it."""
