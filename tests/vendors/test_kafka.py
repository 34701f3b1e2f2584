"""A bridge to Kafka is believed record by record: an event is delivered when it has its place in the topic."""

import json

from tests.answering import Answering, deliver

POISON = "poison"


class Bridge(Answering):
    """The part of the bridge that takes records: each gets an offset, or an error in its place."""

    def __init__(self, troubles=(), faults=()):
        super().__init__(troubles)
        self.topic = []
        self.faults = list(faults)

    def answer(self, head, body):
        records = json.loads(body)["records"]
        placed = [self._placed(record) for record in records]
        return 200, "", json.dumps({"offsets": placed}).encode()

    def _placed(self, record):
        if POISON in record["value"]["type"]:
            return {"error_code": 10, "message": "The message is too large."}
        if self.faults:
            return {"partition": None, "offset": None, "error_code": self.faults.pop(), "error": "not now"}
        self.topic.append(record["key"])
        return {"partition": 0, "offset": len(self.topic), "error_code": None, "error": None}


def produced(directory, catalogue, server, names):
    return deliver(directory, catalogue.manifests["kafka"], server, names, topic="web.events")


def test_a_record_without_a_place_is_sent_again_until_it_has_one(tmp_path, catalogue):
    troubles = [(503, "", b""), (0, "", b""), (200, "", b"{}"), (500, "", b'{"error_code":50003}')]
    server = Bridge(troubles, faults=[2, 5, 19])
    assert produced(tmp_path, catalogue, server, ["purchase"] * 12)["delivered"] == 12
    assert set(server.topic) == {f"id-{n}" for n in range(12)}


def test_a_record_that_the_topic_does_not_take_is_put_aside_alone(tmp_path, catalogue):
    server = Bridge()
    results = produced(tmp_path, catalogue, server, ["purchase"] * 6 + [POISON])
    assert (results["delivered"], results["rejected"], len(set(server.topic))) == (6, 1, 6)


def test_records_go_to_the_topic_that_was_named(tmp_path, catalogue):
    server = Bridge()
    produced(tmp_path, catalogue, server, ["purchase"])
    assert server.asked[0].startswith("POST /topics/web.events HTTP/1.1\r\n")
    assert server.topic == ["id-0"]
