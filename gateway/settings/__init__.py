"""The operator's file and the environment: what may be said there, and the only reader of either."""
