"""The embedded engine: SQLite in WAL mode, nothing acknowledged before it is on disk."""
