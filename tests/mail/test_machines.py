import pytest

from gateway.mail.machines import FETCHERS, HASTE_SECONDS, is_machine

LATER = 3_600.0

MACHINES = {
    "Apple Mail Privacy Protection": "Mozilla/5.0",
    "Gmail image proxy": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Gmail at arrival": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
    "Gmail following links": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Gmail-content-sampling",
    "Yahoo Mail proxy": "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Microsoft Safe Links": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Microsoft Office Existence Discovery",
    "Barracuda": "Barracuda Sentinel (EE)",
    "Proofpoint": "Mozilla/5.0 (compatible; ProofPoint URL Defense)",
    "Mimecast": "Mimecast Link Protection",
    "Cisco": "Cisco IronPort Email Security",
}
PEOPLE = [
    "Mozilla/5.0 (Windows NT 10.0; WOW64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; Microsoft Outlook 16.0.17328)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
]  # fmt: skip


def asked(agent, seconds=LATER, **more):
    return is_machine({b"user-agent": [agent.encode()], **more}, seconds)


def test_every_kind_of_machine_has_an_example():
    assert [fetcher.whose for fetcher in FETCHERS] == list(MACHINES)
    assert all(fetcher.source for fetcher in FETCHERS)


@pytest.mark.parametrize("agent", MACHINES.values(), ids=MACHINES)
def test_a_machine_is_told_by_what_it_calls_itself(agent):
    assert asked(agent)
    assert asked(agent, None)


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_persons_mail_program_or_browser_is_none(agent):
    assert not asked(agent)
    assert not asked(agent, None)


def test_declared_bots_and_what_is_fetched_ahead_are_machines_here_too():
    assert asked("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    assert is_machine({b"user-agent": [PEOPLE[0].encode()], b"sec-purpose": [b"prefetch"]}, LATER)


def test_what_comes_with_the_mail_or_before_it_was_no_reader():
    assert [asked(PEOPLE[0], seconds) for seconds in (-60, 0, HASTE_SECONDS - 0.5)] == [True] * 3
    assert not asked(PEOPLE[0], HASTE_SECONDS)


def test_who_does_not_say_what_it_is_opened_no_mail_of_ours():
    assert is_machine({}, LATER)
    assert asked("", LATER) and asked("  ", LATER)
    assert not is_machine({})
