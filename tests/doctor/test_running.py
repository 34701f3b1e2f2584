import json

import pytest

from gateway.doctor.result import Verdict
from gateway.doctor.running import running

READY = {"ready": True, "why": [], "lanes": {"meta": "running"}, "policy": {"fingerprint": "f"}}
CHECKS = ("running", "proxies", "edge")


def page(**counts):
    lines = [f'gateway_places_total{{evidence="{name}"}} {value}' for name, value in counts.items()]
    return "\n".join(["# TYPE gateway_places counter", *lines, ""])


def look(metrics="", ready=READY, status=200, checks=CHECKS, edge=True):
    pages = {"/readyz": (status, json.dumps(ready)), "/metrics": (200, metrics)}
    return list(running(pages.get, None, checks, edge=edge))


def of(results, check):
    return [result for result in results if result.check == check]


def test_one_that_wants_traffic_and_sees_its_edge_is_fine():
    found = look(page(edge_named=500, edge_missing=2, address=2))
    assert [(each.check, each.verdict) for each in found] == [(check, "fine") for check in CHECKS]


def test_one_that_wants_none_says_why():
    (told, *_) = look(
        page(address=1), ready={"ready": False, "why": ["no valid policy"]}, status=503, checks=("running",)
    )
    assert told.verdict == "wrong" and "no valid policy" in told.says


def test_a_paused_destination_is_wrong_and_can_be_resumed():
    lanes = {"meta": "disabled", "ga4": "running"}
    _, told = look(ready={**READY, "lanes": lanes}, checks=("running",))
    assert (told.about, told.verdict) == ("meta", Verdict.WRONG) and "/v1/destinations/meta/resume" in told.do


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("gateway_policy_reload_failed 1.0", "wrong"),
        ("gateway_store_away 1.0", "wrong"),
        ('gateway_faults_total{part="worker"} 2.0', "doubtful"),
        ('gateway_queue_oldest_seconds{destination="meta"} 4000', "doubtful"),
        ('gateway_dead_letters{destination="meta",reason="rejected"} 3', "doubtful"),
        ('gateway_queue_oldest_seconds{destination="meta"} 3000', None),
        ('gateway_faults_total{part="worker"} 0', None),
    ],
)
def test_what_it_has_counted_is_judged(line, verdict):
    found = look(line + "\n", checks=("running",))[1:]
    assert [each.verdict for each in found] == ([verdict] if verdict else [])


@pytest.mark.parametrize(
    ("counts", "check", "verdict", "word"),
    [
        ({"address": 90, "proxy_untold": 10}, "proxies", "wrong", "trusted_proxies"),
        ({"address": 9990, "proxy_untold": 10}, "proxies", "fine", ""),
        ({"address": 50, "address_missing": 50}, "proxies", "wrong", "forwarded"),
        ({}, "proxies", "cannot say", "send one"),
        ({"edge_named": 10, "edge_missing": 90, "address": 90}, "edge", "wrong", "edge"),
        ({"edge_named": 10, "edge_unread": 90}, "edge", "wrong", "edge.form"),
        ({"edge_named": 10, "edge_bypassed": 90, "address": 90}, "edge", "wrong", "nobody but the edge"),
        ({}, "edge", "cannot say", "send one"),
    ],
)
def test_proxies_and_edge_are_judged_by_the_hits_that_came(counts, check, verdict, word):
    (told,) = of(look(page(**counts)), check)
    assert told.verdict == verdict and word in told.do


def test_without_an_edge_nobody_looks_for_its_header():
    assert of(look(page(address=5), edge=False), "edge") == []


def test_where_nobody_answers_nothing_can_be_said():
    (told,) = running(lambda path: None, None, CHECKS, edge=True)
    assert told.verdict is Verdict.UNKNOWN


def test_counts_that_nobody_may_see_are_not_taken_for_none():
    answers = {"/readyz": (200, "{}"), "/metrics": (401, "")}
    told = list(running(answers.get, None, CHECKS, edge=True))[-1]
    assert told.verdict is Verdict.UNKNOWN and "--api-key" in told.do
