import pytest

from gateway.store.redis.address import Address, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis://valkey", Address("server", (("valkey", 6379),))),
        ("redis://u:p%40s@[::1]:7000/3", Address("server", (("::1", 7000),), database=3, user="u", password="p@s")),
        ("rediss://:p@h:1", Address("server", (("h", 1),), tls=True, password="p")),
        ("unix:///run/redis.sock", Address("server", (), path="/run/redis.sock")),
        ("redis+sentinel://a,b:1/main", Address("sentinel", (("a", 26379), ("b", 1)), service="main")),
        ("rediss+sentinel://a/main/2", Address("sentinel", (("a", 26379),), service="main", database=2, tls=True)),
        ("redis+cluster://u:p@a,b:1", Address("cluster", (("a", 6379), ("b", 1)), user="u", password="p")),
    ],
)
def test_each_form_names_the_hosts_and_who_we_are(text, address):
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "valkey:6379", "http://valkey", "redis+other://a", "redis://a,b", "redis://a/b", "redis://a/1/2",
        "redis://a?db=1", "redis://a:0", "redis://a:99999", "redis://a:x", "redis+sentinel://a", "redis+cluster://a/1",
        "unix:socket", "redis://", "redis://a b", "redis://u:a@[h", "redis://u:a\u2100@h",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(text):
    with pytest.raises(ValueError) as refused:
        parse(text.replace("a", "s3cr3t"))
    assert "s3cr3t" not in str(refused.value)


def test_an_address_is_shown_without_who_we_are():
    assert str(parse("redis://user:s3cr3t@a:1/2")) == "server a:1"
    assert str(parse("redis+sentinel://:s3cr3t@a,[::1]/main")) == "sentinel main a:26379,[::1]:26379"
