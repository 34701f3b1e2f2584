"""The house rules: what a reviewer would otherwise have to look for by eye."""
