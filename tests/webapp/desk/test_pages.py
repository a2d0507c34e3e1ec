import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.field.checks import Verdict
from inspections.registry.people import Role
from tests.casefile import (
    HOSTILE,
    make_answer,
    make_check,
    make_finding,
    make_licence,
    make_photo,
    make_task,
    make_tip,
)
from tests.factories import make_person, make_site

LISTS = (
    "/sites",
    "/tips",
    "/findings",
    "/orders",
    "/checks",
    "/tasks",
    "/phones",
    "/parcels",
    "/conflicts",
    "/check-conflicts",
)
PAGES = ("/", *LISTS, "/rules", "/calendar")


@pytest.fixture
def dispatcher(session: Session):
    return make_person(session, Role.DISPATCHER, login="li")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_on_an_empty_county(sign_in, dispatcher, path: str) -> None:
    page = sign_in("li").get(path)
    assert page.status_code == 200
    assert "{{" not in page.text


@pytest.mark.parametrize("path", [*PAGES, "/sites.csv", "/sites/new", "/api/v1/changes", "/api/v1/search?q=x"])
def test_who_is_not_of_the_office_gets_none_of_it(sign_in, session: Session, path: str) -> None:
    make_person(session, Role.INSPECTOR, login="zhang")
    assert sign_in("zhang").get(path).status_code == 403


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_people_type_are_only_text_everywhere(sign_in, session: Session, dispatcher, name: str) -> None:
    site = make_site(session, name=name, address=name, remark=name)
    make_licence(session, site, holder=name, scope=name)
    check = make_check(session, site, dispatcher, summary=name)
    make_photo(session, check, caption=name)
    make_answer(session, check, "zd-01", Verdict.NOT_COMPLIANT, name)
    make_finding(session, site, check, text=name)
    make_tip(session, site, text=name)
    make_task(session, site, dispatcher, dispatcher, reason=name)
    client: FlaskClient = sign_in("li")
    paths = [
        *LISTS,
        f"/sites/{site.id}",
        f"/sites/{site.id}/edit",
        f"/sites/{site.id}/task",
        f"/checks/{check.id}",
    ]
    for path in paths:
        for headers in ({}, {"HX-Request": "true"}):
            page = client.get(path, headers=headers)
            assert page.status_code == 200, path
            assert "<script>alert" not in page.text
            assert "49%s" not in page.text
    found = client.get("/api/v1/search", query_string={"q": name[:6]}).json
    assert [each["label"] for each in found["results"]] == [name]


def test_a_site_nobody_may_see_is_not_found(sign_in, session: Session, dispatcher) -> None:
    assert sign_in("li").get("/sites/01890a5d-ac96-774b-bcce-b302099a8057").status_code == 404
    assert sign_in("li").get("/checks/01890a5d-ac96-774b-bcce-b302099a8057").status_code == 404


@pytest.mark.parametrize("kind", ["sites", "checks"])
def test_the_file_is_a_whole_page_or_a_piece_for_the_panel(
    sign_in, session: Session, dispatcher, kind: str
) -> None:
    site = make_site(session)
    check = make_check(session, site, dispatcher)
    subject, its_id = ("site", site.id) if kind == "sites" else ("check", check.id)
    path = f"/{kind}/{its_id}"
    client = sign_in("li")
    page = client.get(path).text
    piece = client.get(path, headers={"HX-Request": "true"}).text
    assert "<html" in page
    assert "<html" not in piece
    assert 'class="panel-head"' in piece
    for text in (page, piece):
        assert "小太阳托管班" in text
        assert f'data-subject="{subject} {its_id} 117.07 28.69"' in text


@pytest.mark.parametrize(
    "query", ["_external=1", "name=x&form=y", "endpoint=x&self=1", "_anchor=a&_scheme=javascript"]
)
def test_no_name_in_an_address_reaches_past_the_list(sign_in, session: Session, dispatcher, query: str) -> None:
    make_site(session)
    page = sign_in("li").get(f"/sites?{query}")
    assert page.status_code == 200
    assert f'href="/sites.csv?{query.replace("&", "&amp;")}"' in page.text


def test_an_export_holds_every_row_that_fits_and_nothing_calculates(sign_in, session: Session, dispatcher) -> None:
    for step in range(60):
        make_site(session, name=f"{step}号")
    make_site(session, name=HOSTILE[2], state="closed")
    client = sign_in("li")
    table = client.get("/sites.csv")
    assert table.data.decode("utf-8-sig").count("\r\n") == 62
    assert "attachment" in table.headers["Content-Disposition"]
    closed = client.get("/sites.csv?state=closed").data.decode("utf-8-sig").splitlines()
    assert len(closed) == 2
    assert closed[1].startswith("\"'=HYPERLINK")
    assert client.get("/sites.xlsx").data.startswith(b"PK")
    assert client.get("/sites.exe").status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_saved_under_its_name_by_headers_that_any_server_sends(
    sign_in, dispatcher, path: str, form: str
) -> None:
    answer = sign_in("li").get(f"{path}.{form}")
    assert answer.status_code == 200
    for name, value in answer.headers.items():
        assert value.isascii(), name
    assert "filename*=UTF-8''%" in answer.headers["Content-Disposition"]
