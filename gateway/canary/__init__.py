"""The zero-trace check: unique values are sent to a running deployment, and looked for in all that it keeps."""
