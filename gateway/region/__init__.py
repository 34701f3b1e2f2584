"""Find where the law says the visitor is."""
