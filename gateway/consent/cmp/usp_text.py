"""Find the US Privacy string in a cookie that a platform wraps in JSON."""

from gateway.consent.cmp.json_text import parse


def bare_usp(text: str) -> str:
    """The text, or the `uspString` of the object in it, as iubenda writes it.

    Percent signs are resolved already. Another object, or one with more than plain values, stays as it is, and
    unreadable.
    """
    if "uspString" not in text:
        return text
    found = parse(text)
    fields = found.value if found and found.whole and isinstance(found.value, dict) else {}
    value = fields.get("uspString")
    flat = not any(isinstance(each, dict | list) for each in fields.values())
    return value if flat and isinstance(value, str) else text
