"""Tests of the scrubber, and the two corpora it is held against."""
