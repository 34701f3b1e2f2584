from gateway.errors import Finding
from gateway.policy.load import open_document, read_draft
from gateway.policy.regions import Gazetteer
from gateway.policy.subject import Subject, report
from tests.policy.made import SMALL


def test_what_is_found_goes_to_the_document_at_its_place():
    root = open_document(SMALL, "folder/small.yaml")
    subject = Subject(root, read_draft(root), None, Gazetteer())
    subject.error(subject.at("name"), "P000", "wrong", "right it")
    subject.warn(subject.key_at("name"), "P001", "doubtful")
    assert root.document.findings == [
        Finding("folder/small.yaml", 2, 7, "P000", "wrong", "right it"),
        Finding("folder/small.yaml", 2, 1, "P001", "doubtful", "", "warning"),
    ]


def test_a_finding_takes_the_file_of_the_document_it_is_reported_to():
    root = open_document(SMALL, "a.yaml")
    report(root, root.place, Finding("b.yaml", 9, 9, "P000", "wrong"))
    assert root.document.findings == [Finding("a.yaml", 1, 1, "P000", "wrong")]
