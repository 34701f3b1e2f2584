"""The reliability card: what is done to a gateway, what must come of it, and what came of it the last time."""
