from gateway.audit.commitment import opens
from gateway.audit.jws import public_of
from gateway.audit.receipt import verify_receipt
from gateway.consent.receipt import Choice, ConsentRecord
from gateway.dsr.consent_record import Act, Around, Marks, Notice, Offer, conflict_of, receipt_of, record_of, state_of
from gateway.policy.model import DestinationRule, Purpose

SUBJECT, SALT, SEED = "ab" * 16, bytes(range(32)), bytes(range(1, 33))
OFFER = Offer(
    "f" * 16,
    {"ads": Purpose("ads", "Measuring ads", "advertising", terms="T1"), "insight": Purpose("insight", "Use", "analytics")},
    {
        "meta": DestinationRule("meta", "Meta", events={"purchase": ("ads",)}, fields=("order.value", "event.name")),
        "hook": DestinationRule("hook", events={"purchase": ("insight", "ads")}, fields=("event.name",)),
    },
)  # fmt: skip
MARKS = Marks("rec-2", "rcp-2", SUBJECT, SALT, "rec-1", 1_900_000_000)


def chose(given=1_790_000_000, notified=False, **answers):
    return ConsentRecord("r", given, given + 500, tuple(Choice(n, y, "T1") for n, y in answers.items()), notified)


def act(chosen=None, before=None, **around):
    return Act(chosen or chose(ads=True, insight=False), before, Around("shop", "shop.example", **around), OFFER)


def test_a_choice_is_named_by_what_it_changes():
    yes, half, no = chose(ads=True, insight=True), chose(ads=True, insight=False), chose(ads=False)
    assert state_of(None, yes) == "given"
    assert state_of(no, half) == "given"
    assert state_of(None, no) == state_of(no, no) == "refused"
    assert state_of(yes, half) == state_of(half, no) == "withdrawn"
    assert state_of(half, half) == state_of(half, yes) == "renewed"


def test_what_trades_one_yes_for_another_takes_one_back():
    assert state_of(chose(ads=True), chose(insight=True)) == "withdrawn"


def test_a_yes_that_meets_a_signal_says_whether_the_visitor_was_told():
    assert conflict_of(act()) == conflict_of(act(chose(ads=False), gpc=True)) == "none"
    assert conflict_of(act(gpc=True)) == "not_shown"
    assert conflict_of(act(chose(notified=True, ads=True), gpc=True)) == "shown"


def test_a_record_tells_what_was_asked_in_which_words_and_who_would_get_what():
    notice = Notice("banner-7", "0" * 64, "de")
    record = record_of(act(regions=("DE",), notice=notice), MARKS)
    processing = record["pii_processing"]
    assert processing["purposes"][0] == {
        "purpose": "ads", "label": "Measuring ads", "family": "advertising", "terms": "T1", "granted": True,
        "lawful_basis": "consent", "pii_information": ["event.name", "order.value"],
        "recipient_third_parties": ["Meta", "hook"],
    }  # fmt: skip
    assert processing["privacy_notice"] == {"id": "banner-7", "sha256": "0" * 64}
    assert (processing["language"], processing["jurisdiction"]) == ("de", ["DE"])
    assert processing["withdrawal_method"] == "https://shop.example/privacy/withdraw"
    assert record["event"] == {
        "event_time": "2026-09-21T14:13:20Z", "valid_until": "2026-09-21T14:21:40Z", "entity_id": "pii_principal",
        "event_type": "explicit", "event_state": "given",
    }  # fmt: skip
    assert (record["previous_record_id"], record["policy"]) == ("rec-1", "f" * 16)


def test_it_has_every_field_that_the_specification_asks_for():
    record = record_of(act(), MARKS)
    assert {"schema_version", "record_id", "receipt_id", "pii_principal_id"} <= record.keys()
    assert {
        "privacy_notice", "language", "purposes", "pii_controllers", "storage_location", "retention_until",
        "jurisdiction", "withdrawal_method",
    } <= record["pii_processing"].keys()  # fmt: skip
    assert {"event_time", "valid_until", "entity_id", "event_type", "event_state"} <= record["event"].keys()


def test_the_person_is_in_it_as_a_commitment_that_only_the_salt_opens():
    record = record_of(act(), MARKS)
    principal = record["pii_principal_id"]
    assert SUBJECT not in str(record)
    assert opens(principal["commitment"], bytes.fromhex(principal["salt"]), SUBJECT)
    assert not opens(principal["commitment"], bytes(32), SUBJECT)


def test_a_purpose_that_the_policy_lost_is_told_by_its_name():
    (purpose,) = record_of(act(chose(gone=False)), MARKS)["pii_processing"]["purposes"]
    assert (purpose["label"], purpose["family"], purpose["recipient_third_parties"]) == ("gone", None, [])


def test_the_visitor_can_check_the_receipt_with_the_public_key_alone():
    record = record_of(act(), MARKS)
    kind, claims = verify_receipt(receipt_of(record, SEED), [public_of(SEED)])
    assert (kind, claims["iss"], claims["iat"], claims["jti"]) == (
        "consent", "https://shop.example", 1_790_000_000, "rcp-2",
    )  # fmt: skip
    assert claims["consent"] == record
