"""Write the Set-Cookie lines of our own cookies: for this host alone, over TLS, unseen by scripts."""


def line(name: str, value: str, seconds: int) -> str:
    """The line that keeps a cookie for so many seconds; 0 deletes it."""
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"
