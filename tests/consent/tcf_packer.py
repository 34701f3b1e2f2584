"""Pack bits into TC strings of the tests' own, independently of the decoder."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def base64url(bits):
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def number(value, width):
    return f"{value:0{width}b}"


def letters(text):
    return "".join(number(ord(letter) - 65, 6) for letter in text)


def ids(members, width):
    return "".join("1" if at in members else "0" for at in range(1, width + 1))


def vendors(*members, highest=None):
    highest = max(members, default=0) if highest is None else highest
    return number(highest, 16) + "0" + ids(members, highest)


def entries(*intervals):
    body = "".join(
        "0" + number(first, 16) if first == last else "1" + number(first, 16) + number(last, 16)
        for first, last in intervals
    )
    return number(len(intervals), 12) + body


def ranges(*intervals, highest):
    return number(highest, 16) + "1" + entries(*intervals)


def fibonacci(value):
    """The value as a sum of Fibonacci numbers, the least first, and a final 1."""
    weights = [1, 2]
    while weights[-1] <= value:
        weights.append(weights[-1] + weights[-2])
    code = ""
    for weight in reversed(weights[:-1]):
        code = ("1" if weight <= value else "0" if code else "") + code
        value -= weight if weight <= value else 0
    return code + "1"


def fibonacci_entries(*intervals):
    last, body = 0, ""
    for first, end in intervals:
        body += f"{int(first != end)}{fibonacci(first - last)}{fibonacci(end - first) if first != end else ''}"
        last = end
    return number(len(intervals), 12) + body


def gpp_header(*ids):
    return base64url(number(3, 6) + number(1, 6) + fibonacci_entries(*((each, each) for each in ids)))


def core(
    day=20_700,
    version=2,
    created=None,
    updated=None,
    cmp_id=31,
    policy=5,
    specific=True,
    consent=(),
    interest=(),
    one=False,
    consented=None,
    interested=None,
    restrictions=None,
):
    tenths = day * 864_000
    return base64url(
        number(version, 6)
        + number(tenths if created is None else created, 36)
        + number(tenths if updated is None else updated, 36)
        + number(cmp_id, 12)
        + number(1, 12)
        + number(1, 6)
        + letters("EN")
        + number(150, 12)
        + number(policy, 6)
        + ("1" if specific else "0")
        + "0"
        + ids((), 12)
        + ids(consent, 24)
        + ids(interest, 24)
        + ("1" if one else "0")
        + letters("DE")
        + (vendors(755) if consented is None else consented)
        + (vendors() if interested is None else interested)
        + (number(0, 12) if restrictions is None else restrictions)
    )


def disclosed(*members):
    return base64url("001" + vendors(*members))


def tc_string(**fields):
    return core(**fields) + "." + disclosed(755)
