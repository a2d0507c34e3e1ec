from sqlalchemy.orm import Session

from inspections.registry import accounts
from inspections.registry.people import Role, create_person, find_signed_in
from tests.factories import COUNTY, NOW


def test_the_first_person_of_a_county_can_sign_in_and_must_change_the_password(session: Session) -> None:
    create_person(session, COUNTY, "李敏", " Li ", "first-password-1", Role.DISPATCHER)
    token = accounts.begin_sign_in(session, "li", "first-password-1", "desk", NOW)
    assert isinstance(token, str)
    found = find_signed_in(session, token, NOW)
    assert found is not None
    sign_in, person = found
    assert sign_in.account.must_change_password
    assert person is not None
    assert person.roles == {Role.DISPATCHER}
