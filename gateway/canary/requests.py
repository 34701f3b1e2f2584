"""Write the requests that are sent: a mark in every place that can hold something personal, well-formed and not."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gateway.vendors.own_events import PIXEL as OWN

Values = Mapping[str, str]

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TRACKED = "fb.1.1763890000000"


class Request(NamedTuple):
    """One request to make. `headers` are set over the common ones."""

    name: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Endpoint(NamedTuple):
    """Where hits go: the path of a GET and of a POST, the gateway's word for what happened, and further parameters
    that a well-formed hit has there; `body` with its content type `kind` where such a hit is a POST. `source` is whose
    hits these are, as in `gateway.yaml`."""

    get: str
    post: str
    source: str = OWN
    event: str = "purchase"
    parameters: Callable[[Values], Mapping[str, str]] = lambda values: {}
    body: bytes = b""
    kind: str = ""


class Said(NamedTuple):
    """What the consent signals say that cannot be unlike others: by default, no."""

    usp: str = "1YYN"
    gcs: str = "G100"
    groups: str = "C0001:1,C0002:0,C0003:0,C0004:0"


def common_headers(v: Values, host: str) -> dict[str, str]:
    """What every request carries. `X-Forwarded-For` and its like are believed only where a trusted proxy sends them."""
    return {
        "Host": host,
        "User-Agent": f"Mozilla/5.0 (X11; {v['user_agent']}) Firefox/143.0",
        "Referer": f"https://{v['referer_host']}.example/{v['referer_path']}?q=1",
        "Accept-Language": f"en-{v['language']}",
        "Authorization": f"Bearer {v['authorization']}",
        "Cookie": f"_ga={v['cookie_value']}; {v['cookie_name']}=1",
        "X-Custom": v["custom_header"],
        "Origin": f"https://{v['origin']}.example",
        "X-Forwarded-For": f"{v['forwarded_for_left']}, {v['forwarded_for']}",
        "X-Real-IP": v["real_ip"],
        "Forwarded": f'for="[{v["forwarded"]}]"',
    }


def _query(v: Values, at: Endpoint) -> str:
    """The same facts in our words and in Meta's, so that either endpoint finds its own."""
    page = f"https://user:{v['userinfo']}@shop.example/{v['page_path']}?x={v['page_query']}#{v['fragment']}"
    mail = f"{v['mail']}@mail.example"
    words = {
        "name": at.event, "ev": "Purchase", "id": "1234567890", "eid": v["event.id"], "page.url": page, "dl": page,
        "page.referrer": f"https://{v['referer_host']}.example/", "page.title": v["page.title"],
        "order.id": v["order.id"], "cd[order_id]": v["order.id"], "order.value": "9.99", "cd[value]": "9.99",
        "order.currency": "EUR", "cd[currency]": "EUR",
        "id.visitor": v["id.visitor"], "fbp": f"{_TRACKED}.{v['id.visitor']}", "id.user": v["id.user"],
        "click.fbc": v["click.fbc"], "fbc": f"{_TRACKED}.{v['click.fbc']}", "click.gclid": v["click.gclid"],
        "utm.campaign": v["utm.campaign"], "contact.email": mail, "ud[em]": mail, "contact.phone": f"+{v['phone']}",
        "ud[ph]": v["phone"], "params.note": v["params.note"], v["query_name"]: v["query_value"],
    }  # fmt: skip
    return urlencode({**words, **at.parameters(v)})


def well_formed(v: Values, at: Endpoint, said: Said) -> Request:
    """Everything in the query, beside the body that the endpoint may want."""
    target = f"{at.get}?{_query(v, at)}"
    if at.body:
        return Request("well-formed", "POST", target, {"Content-Type": at.kind}, at.body)
    return Request("well-formed", "GET", target, {})


def _ipv6(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("IPv6 visitor", "GET", f"{at.get}?{_query(v, at)}", {"X-Forwarded-For": v["forwarded_for_6"]})


def _head(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("HEAD", "HEAD", f"{at.get}?{_query(v, at)}", {})


def _options(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("OPTIONS", "OPTIONS", f"{at.get}?{_query(v, at)}", {})


def _unknown_path(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("unknown path", "GET", f"/none{at.get}/{v['path_segment']}?{_query(v, at)}", {})


def _bad_percent(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("bad percent sign", "GET", f"{at.get}?eid=%zz{v['bad_percent']}&%ff=%00", {})


def _unknown_method(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("unknown method", "BREW", f"{at.get}?m={v['unknown_method']}", {})


def _free_id(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("free-text id", "GET", f"{at.get}?name={at.event}&ev=Purchase&eid={v['free_id']}", {})


def _foreign_host(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("foreign host", "GET", f"{at.get}?{_query(v, at)}", {"Host": f"{v['host']}.example"})


def json_event(v: Values, at: Endpoint, said: Said) -> Request:
    """An event as the gateway's own endpoint takes it, with more than it takes."""
    event = {"name": at.event, "id": v["event.id"], v["body_key"]: v["body_value"],
             "order": {"id": v["order.id"], "note": v["body_value"]},
             "params": {"deep": [{"deeper": v["body_deep"]}], "note": v["params.note"]}}  # fmt: skip
    return Request("JSON event", "POST", at.post, _JSON, _json(event))


def _resident(v: Values, at: Endpoint, said: Said) -> Request:
    event = {"name": at.event, "residence": v["residence"], "order": {"id": v["order.id"]}}
    return Request("JSON event of a resident", "POST", at.post, _JSON, _json(event))


def _broken_json(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("broken JSON", "POST", at.post, _JSON, f'{{"name": "{v["broken_json"]}'.encode())


def _form(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("form", "POST", at.post, _FORM, f"ev=Purchase&cd[note]={v['form_value']}".encode())


def _multipart(v: Values, at: Endpoint, said: Said) -> Request:
    disposition = f'Content-Disposition: form-data; name="f"; filename="{v["multipart_name"]}"'
    body = f"--B\r\n{disposition}\r\n\r\nx\r\n--B--\r\n".encode()
    return Request("multipart", "POST", at.post, {"Content-Type": "multipart/form-data; boundary=B"}, body)


def _oversize(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("oversize body", "POST", at.post, _JSON, (v["oversize"] * 40_000).encode())


def _deep(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("deep JSON", "POST", at.post, _JSON, b"[" * 50_000)


def _unreadable_choice(v: Values, at: Endpoint, said: Said) -> Request:
    cookie = f"euconsent-v2={v['bad_consent']}!!; __Host-consent=1.{v['bad_consent']}"
    return Request("unreadable choice", "GET", f"{at.get}?{_query(v, at)}", {"Cookie": cookie})


def carried(v: Values, at: Endpoint, said: Said) -> Request:
    """Consent of every standard in the query and in cookies."""
    cookies = (
        f"euconsent-v2={v['tc_cookie']}; __gpp={v['gpp_cookie']}; "
        f"OptanonConsent=consentId={v['consent_id']}&groups={said.groups}"
    )
    query = f"{_query(v, at)}&{urlencode(_strings(v, said))}"
    return Request("carried consent", "GET", f"{at.get}?{query}", {"Cookie": cookies})


def _carried_in_json(v: Values, at: Endpoint, said: Said) -> Request:
    event = {"name": at.event, "order": {"id": v["order.id"]},
             "regs": {"gdpr": 1, "gpp": v["gpp_query"], "gpp_sid": [2]},
             "user": {"consent": v["tc_body"]}, "addtl_consent": v["ac_query"],
             "us_privacy": _noted(v, said)}  # fmt: skip
    return Request("carried consent in JSON", "POST", at.post, _JSON, _json(event))


def _carried_in_form(v: Values, at: Endpoint, said: Said) -> Request:
    body = f"{_query(v, at)}&{urlencode(_strings(v, said))}".encode()
    return Request("carried consent in a form", "POST", at.post, _FORM, body)


def _unreadable(v: Values, at: Endpoint, said: Said) -> Request:
    bad = v["bad_cmp"]
    cookies = f"__gpp={v['bad_gpp']}; usprivacy={v['bad_usp']}; OptanonConsent={bad}; CookieConsent={{{bad}"
    query = f"{_query(v, at)}&gdpr=1&{urlencode(_unreadable_strings(v))}"
    return Request("unreadable consent", "GET", f"{at.get}?{query}", {"Cookie": cookies})


def _unreadable_in_json(v: Values, at: Endpoint, said: Said) -> Request:
    event = {"name": at.event, **_unreadable_strings(v)}
    return Request("unreadable consent in JSON", "POST", at.post, _JSON, _json(event))


def _opt_out(v: Values, at: Endpoint, said: Said) -> Request:
    return Request("opt-out headers", "GET", f"{at.get}?{_query(v, at)}", {"DNT": "1", "Sec-GPC": "1"})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _noted(v: Values, said: Said) -> str:
    return json.dumps({"uspString": said.usp, "note": v["usp_note"]}, separators=(",", ":"))


def _strings(v: Values, said: Said) -> dict[str, str]:
    return {"gdpr": "1", "gdpr_consent": v["tc_query"], "gpp": v["gpp_query"], "gpp_sid": "2",
            "us_privacy": _noted(v, said), "addtl_consent": v["ac_query"], "gcs": said.gcs}  # fmt: skip


def _unreadable_strings(v: Values) -> dict[str, str]:
    """One value that cannot be read for each signal that a request may carry."""
    return {"gdpr_consent": v["bad_tc"], "gpp": v["bad_gpp"], "gpp_sid": v["bad_sid"], "us_privacy": v["bad_usp"],
            "addtl_consent": v["bad_ac"], "gcs": v["bad_gcs"], "gcd": v["bad_gcs"], "npa": v["bad_gcs"],
            "dpo": v["bad_flag"], "consent_string": v["bad_tc"], "IABTCF_TCString": v["bad_tc"]}  # fmt: skip


Writer = Callable[[Values, Endpoint, Said], Request]

# Those whose fate hangs on what the visitor chose, and those that nothing could make a hit or that say no themselves.
HITS: tuple[Writer, ...] = (well_formed, json_event, carried, _carried_in_json)
OTHERS: tuple[Writer, ...] = (
    _ipv6, _head, _options, _unknown_path, _bad_percent, _unknown_method, _free_id, _foreign_host, _resident,
    _broken_json, _form, _multipart, _oversize, _deep, _unreadable_choice, _carried_in_form, _unreadable,
    _unreadable_in_json, _opt_out,
)  # fmt: skip
