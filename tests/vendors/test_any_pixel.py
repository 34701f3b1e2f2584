"""Whatever a page sends to a shipped pixel is read or refused, and what is read is of the vocabulary and holds no address."""

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.taxonomy import is_field
from gateway.vendors.catalogue import SHIPPED, load_catalogue

VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["ann@mail.example", "1", "-1,5", "999999999999", "0", "a|b|c", ";a;1;9.95,;b", '[["a","b","c",1.5,2]]', "null", "[]", "{}",
         "https://shop.example/?q=1", "eyJldmVudCI6MX0", "?idsite=1&e_c=2", "purchase", "2001:db8::1", "0123456789abcdef", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "EUR", "T-1", "1920x1080", "de-DE",
         "c5081429-141c-418a-8d1d-0f0a837192d6", "\\u0000", "%zz"]
    ),
)  # fmt: skip
# Fields that hold what somebody wrote; the policy's scrubber reads them before they leave.
WRITTEN = ("page.", "params.", "utm.", "order.", "engagement.", "email.")


@cache
def pixels():
    texts = {name: (files("gateway.vendors") / name).read_text("utf-8") for name in SHIPPED}
    return tuple(load_catalogue(texts).pixels.values())


def anywhere(pixel):
    """The pixel at any path and without an account: what these must look like is tested elsewhere."""
    route = replace(pixel.route, path=re.compile("/"), path_params=())
    return replace(pixel, route=route, nameless=True)


@st.composite
def requests(draw):
    pixel = draw(st.sampled_from(pixels()))
    names = st.sampled_from(sorted(pixel.rules) or ["x"])
    parameters = draw(st.dictionaries(names, VALUES, min_size=1, max_size=12))
    body = draw(st.sampled_from(["form", "json", "list", "noise"])) if pixel.body != "none" else ""
    text = {
        "": "",
        "form": urlencode(draw(st.dictionaries(names, VALUES, max_size=8))),
        "json": json.dumps(
            draw(st.recursive(VALUES, lambda inner: st.dictionaries(names, inner, max_size=4), max_leaves=8))
        ),
        "list": json.dumps([parameters, parameters]),
        "noise": draw(st.text(max_size=40)),
    }[body]
    return pixel, urlencode(parameters), text.encode("utf-8", "surrogatepass")


@settings(max_examples=200, deadline=None)
@given(requests())
def test_any_request_is_read_or_refused(request):
    pixel, query, body = request
    method = "POST" if "POST" in pixel.route.methods else "GET"
    try:
        raws = anywhere(pixel).read(method, "/", query, "", body)
    except BadRequest:
        return
    for raw in raws:
        assert raw.name
        for name, value in raw.fields.items():
            assert is_field(name), name
            assert name.startswith(WRITTEN) or "@" not in str(value), name
        assert "@" not in json.dumps(raw.kept)
