"""The access register is not changed by one caller alone, whoever he names as his approver."""

import pytest

from tests.graphql.mutations.agency import Agency


@pytest.mark.parametrize("only", [True, False], ids=["tried", "recorded"])
def test_a_mutation_of_the_access_register_is_refused(agency: Agency, only: bool) -> None:
    values = {"code": "H17.ME", "nameVi": "Tôi", "status": "ACTIVE"}
    status, error = agency.refused({"registerAgency": {"values": values}}, approvedBy="minh.le", only=only)
    assert status == 403
    assert error["code"] == "access.four_eyes"
    assert "access load" in error["hint"]
