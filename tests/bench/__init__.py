"""Measurements of the request path, as ratios taken in one run."""
