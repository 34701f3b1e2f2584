import pytest

from gateway.hit import Alone
from tests.consent.test_read import hit, reader


@pytest.mark.parametrize("name", ["gpc", "dnt"])
@pytest.mark.parametrize("value", ["1", "true", "True", "%201", "yes"])
def test_what_a_page_passes_on_of_a_header_is_the_header(name, value):
    signals = reader().read(hit(query=f"x=1&{name}={value}")).signals
    assert (signals.gpc, signals.dnt) == (name == "gpc", name == "dnt")


@pytest.mark.parametrize("body", [b'{"regs":{"ext":{"gpc":"1"}},"device":{"dnt":1}}', b'{"gpc":true,"dnt":true}'])
def test_so_is_what_stands_in_a_body(body):
    signals = reader().read(hit(body=body)).signals
    assert (signals.gpc, signals.dnt) == (True, True)


@pytest.mark.parametrize("value", ["", "0", "false", "no", "undefined", "unspecified", "null", "2", "10"])
def test_anything_else_says_nothing(value):
    signals = reader().read(hit(query=f"gpc={value}&dnt={value}")).signals
    assert (signals.gpc, signals.dnt, signals.votes) == (False, False, ())


def test_of_several_values_the_strictest_counts():
    assert reader().read(hit(query="gpc=0&cd[gpc]=1")).signals.gpc
    assert reader().read(hit(query="dnt=1&dnt=0")).signals.dnt


@pytest.mark.parametrize("beside", [b'{"gpc": 1}', b'{"device": {"dnt": 1}}'])
@pytest.mark.parametrize("own", [b"{}", b'{"gpc": 0, "dnt": 0}'])
def test_what_stands_beside_the_events_of_a_server_counts_for_each_of_them(own, beside):
    signals = reader().read_alone(hit(), Alone(own, beside)).signals
    assert (signals.gpc, signals.dnt) == (b"gpc" in beside, b"dnt" in beside)
