from gateway.bootstrap.labels import labels
from gateway.bootstrap.plan import read_plan
from gateway.telemetry import METRICS
from tests.bootstrap.configuration import write

OF_POLICIES = {"policy", "version", "fingerprint"}


def test_every_label_of_a_metric_has_its_values_and_no_value_is_for_nothing(tmp_path):
    named = {label for metric in METRICS for label in metric.labels}
    values = labels(read_plan(write(tmp_path)))
    assert set(values) | OF_POLICIES == named
    assert values["destination"] == ("own_stats", "meta") and values["site"] == ("shop",)
    assert all(values[label] for label in values if label != "campaign")
