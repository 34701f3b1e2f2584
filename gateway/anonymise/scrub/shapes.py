"""Know by its first signs whether a text is a URL, a query, cookies or a line of a header."""

import re

URL = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]{1,20}:)?//[^\s]|\s*/[^\s/?#]*[/?#]|[\w.-]+\.[a-z]{2,8}/?\?[\w.\[\]-]+=")
# `&#64;` begins no fragment.
PARTS = re.compile(
    r"(\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?)(//[^/?#\\]*)?([^?#]*)(\?[^#]*+(?>(?:(?<=&)#(?=[xX]?[0-9])[^#]*+)*))?(#.*)?",
    re.DOTALL,
)
LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
QUERY = re.compile(r"[\w.\[\]$%-]{1,64}+=[^&=\s]*&[\w.\[\]$%-]{1,64}+=|\?[\w.\[\]$-]{1,64}+=")
QUERY_IN = re.compile(r"[\w.\[\]$%-]=[^&=\s]*&[\w.\[\]$%-]{1,64}+=|\?[\w.\[\]$-]{1,64}+=")
PAIR = re.compile(r"([\w.\[\]$-]{1,64})=[^=&\s]")
COOKIES = re.compile(r"[\w.-]{1,64}=[^;\s]{0,256}; ?[\w.-]{1,64}=")
HEADER = re.compile(r"([!-9;-~]{1,64}):[ \t]*")
# Without one of these signs nothing is nested in a value, and nothing in it escaped.
NESTING = re.compile(r"[\[{/?=%&\\\x80-\U0010ffff]")
# The public key of an error tracker.
SENTRY = re.compile(r"[0-9a-f]{16,32}\Z")
