"""The embedded engine, against real files and real kills."""
