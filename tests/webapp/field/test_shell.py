import pytest
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from tests.factories import make_person

ID = "01890000-0000-7000-8000-000000000001"
SCREENS = [
    "",
    "/nearby",
    "/checks",
    f"/checks/{ID}",
    f"/check/{ID}",
    f"/sites/{ID}",
    "/sites/new",
    "/outbox",
    "/me",
    "/problems",
]


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_has_a_frame_that_names_the_person(sign_in, session: Session, path: str) -> None:
    person = make_person(session, Role.INSPECTOR, login="zhang")
    page = sign_in("zhang").get(f"/m{path}")
    assert page.status_code == 200
    assert f'data-person="{person.id}"' in page.text


@pytest.mark.parametrize("path", ["/nowhere", "/check/not-an-id", "/checks/1", "/sites/"])
def test_an_address_that_the_phone_does_not_know_is_not_found(sign_in, session: Session, path: str) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    assert sign_in("zhang").get(f"/m{path}").status_code == 404


def test_the_frame_holds_nothing_of_the_county_but_its_name(sign_in, session: Session) -> None:
    """It is kept on the phone for every screen, so it must not hold what only one of them may show."""
    make_person(session, Role.INSPECTOR, login="zhang", phone="13800000000")
    page = sign_in("zhang").get(f"/m/check/{ID}")
    assert "13800000000" not in page.text


def test_a_person_without_a_role_in_the_field_is_refused(sign_in, session: Session) -> None:
    make_person(session, Role.SCHOOL_USER, login="school")
    assert sign_in("school").get("/m").status_code == 403


def test_who_is_not_signed_in_comes_back_to_the_same_screen(client) -> None:
    assert client.get("/m/nearby").location == "/account/sign-in?next=/m/nearby"
