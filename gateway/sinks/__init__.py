"""Ways out that are no request: files of the operator."""
