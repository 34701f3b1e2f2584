"""Read, check, compile, apply and explain a policy."""
