from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from tests.factories import make_person


def test_the_style_page_opens_for_the_office_in_the_persons_own_look(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li", theme="night", type_size="large")
    page = sign_in("li").get("/style")
    assert page.status_code == 200
    assert '<html lang="zh-CN" data-theme="night" data-type="large">' in page.text
    assert "{{" not in page.text


def test_the_style_page_is_not_for_strangers(client: FlaskClient) -> None:
    assert "/account/sign-in" in client.get("/style").location


def test_a_name_with_markup_is_shown_as_it_was_typed(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li", name="<b>{name}</b>%s")
    page = sign_in("li").get("/style").text
    assert "<b>" not in page
    assert "&lt;b&gt;{name}&lt;/b&gt;%s" in page


def test_an_error_page_says_what_happened_and_what_to_do(sign_in, session: Session) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    page = sign_in("li").get("/nowhere")
    assert page.status_code == 404
    assert "没有找到" in page.text
    assert "请从地图或列表里重新查找" in page.text
