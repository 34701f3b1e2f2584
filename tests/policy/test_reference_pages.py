import re

from gateway.decision import Reason
from gateway.policy import schema
from gateway.policy.cases import run_cases
from gateway.policy.compile import read_policy
from gateway.policy.promises import prove
from gateway.taxonomy import FAMILIES, LEVELS
from tests.policy.made import ROOT, SMALL, TODAY, codes, resolve

POLICY = (ROOT / "docs" / "reference" / "policy.md").read_text("utf-8")
REASONS = (ROOT / "docs" / "reference" / "reasons.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", POLICY, re.S)


def test_the_example_is_fine_and_keeps_what_it_says():
    reading = read_policy(EXAMPLES[0], "example.yaml", resolve, require_tests=True)
    assert reading.findings == []
    assert run_cases(reading.policy, TODAY).failures == []
    assert prove(reading.policy, TODAY).failures == []


def test_the_signals_of_the_page_are_read():
    assert codes(text=SMALL + EXAMPLES[1]) == []


def test_every_reason_has_its_line_and_no_other_is_there():
    assert re.findall(r"^\| `([a-z_]+)` \|", REASONS, re.M) == [str(reason) for reason in Reason]


def test_every_key_and_word_is_explained():
    words = (
        *schema.POLICY,
        *schema.PURPOSE,
        *schema.REGION,
        *schema.DESTINATION,
        *schema.GIVEN,
        *schema.SIGNALS,
        *FAMILIES,
    )
    missing = [word for word in words if not re.search(rf"\b{word}\b", POLICY)]
    assert missing == []


def test_every_order_is_printed_as_it_is():
    text = POLICY.replace("\n", " ")
    for transform, order in LEVELS.items():
        assert f"`{transform}: {' < '.join(order)}`" in text
