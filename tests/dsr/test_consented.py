"""What was chosen is in the log of evidence by digests that only who has the record can make."""

import json

from gateway.audit.leaf import leaf
from gateway.dsr.consented import MOST, Consented, digest_of


def test_digests_are_written_together_each_once():
    leaves = []
    consented = Consented(leaves.append)
    consented.flush()
    for number in range(3):
        consented.add({"record_id": str(number)})
    assert leaves == []
    consented.flush()
    consented.flush()
    assert leaves == [[digest_of({"record_id": str(number)}) for number in range(3)]]


def test_many_are_not_gathered_for_long():
    leaves = []
    consented = Consented(leaves.append)
    for number in range(MOST + 1):
        consented.add({"record_id": str(number)})
    assert [len(each) for each in leaves] == [MOST]
    assert leaf("consent.recorded", 0, records=leaves[0])


def test_a_digest_is_of_what_is_said_and_not_of_how_it_is_written():
    record = {"b": [True, None, {"ä": 1}], "a": "x"}
    assert digest_of(record) == digest_of(json.loads(json.dumps({"a": "x", "b": [True, None, {"ä": 1}]})))
    assert digest_of(record) != digest_of({**record, "a": "y"})
