"""Find the US Privacy string in a cookie that a platform wraps in JSON."""

from gateway.consent.cmp.json_text import parse


def bare_usp(text: str) -> str:
    """The text, or the `uspString` of the object in it, as iubenda writes it.

    Percent signs are resolved already. Another object stays as it is, and unreadable.
    """
    if "uspString" not in text:
        return text
    found = parse(text)
    value = found.value.get("uspString") if found and found.whole and isinstance(found.value, dict) else None
    return value if isinstance(value, str) else text
