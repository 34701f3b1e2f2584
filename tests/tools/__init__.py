"""The tools that make a release: the same commit gives the same files, and nothing in them is unaccounted for."""
