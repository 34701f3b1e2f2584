from gateway.doctor.result import CHECKS
from tests.house.test_docs import first_cells


def test_every_check_is_described():
    assert set(CHECKS) <= first_cells("docs/how-to/check-a-deployment.md")
