import re
from pathlib import Path

import pytest

from gateway.anonymise.scrub.detect import detector, scrubber
from gateway.bootstrap.scrubbing import SLOWEST, _seconds, load_rules
from gateway.errors import ConfigurationError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scrubber.md"


def write(folder, text):
    file = folder / "rules.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_rules_of_the_page_do_what_it_says(tmp_path):
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    rules = load_rules(write(tmp_path, block))
    text = "versichertenNr=A12345&kontaktadr=x%40y&filiale_tel=0171+2345678&x=CL-12345678&tel=0171+2345678"
    found = [(text[span.start : span.end], str(span.label)) for span in detector(rules).spans(text, "query")]
    assert found == [
        ("A12345", "NATIONAL_ID"), ("x%40y", "EMAIL"), ("CL-12345678", "USER_ID"), ("0171+2345678", "PHONE"),
    ]  # fmt: skip
    assert scrubber(rules).scrub("card CL-12345678 of 4711") == "card [user] of 4711"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="G070"):
        load_rules(tmp_path / "nothing.yaml")


def test_a_pattern_that_is_slow_is_refused_with_its_line(tmp_path):
    slow = "[a-z]{0,63}[a-z]{0,63}[!?]"
    text = f"patterns:\n  - name: x\n    pattern: '{slow}'\n    label: CUSTOM\n"
    with pytest.raises(ConfigurationError) as raised:
        load_rules(write(tmp_path, text))
    (finding,) = raised.value.findings
    assert (finding.code, finding.line) == ("G071", 3)


def test_an_ordinary_pattern_is_far_from_the_limit():
    assert _seconds(re.compile("CL-[0-9]{8}")) < SLOWEST / 2
