import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.registry.areas import AreaLevel
from tests.casefile import HOSTILE, make_area
from tests.orders import Case


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session, findings=3, dispatcher="li", director="zhou")
    town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.9, 28.5, 117.2, 28.9))
    case.site.township_id = town.id
    session.flush()
    case.drafted()
    return case


@pytest.mark.parametrize("login", ["li", "zhou"])
def test_each_figure_on_the_page_is_the_count_that_its_list_shows(
    case: Case, sign_in: Callable[[str], FlaskClient], login: str
) -> None:
    client = sign_in(login)
    page = client.get("/dashboard").text
    tiles = re.findall(r'<a class="stat" href="([^"]+)".*?<span class="stat-value">([\d,]+)', page)
    assert len(tiles) >= 8
    for address, figure in tiles:
        listed = client.get(html.unescape(address)).text
        shown = re.search(r'<h1>[^<]*<span class="count">([\d,]+)</span>', listed)
        assert shown, address
        assert shown[1] == figure, address


def test_the_director_begins_at_the_dashboard_and_the_dispatcher_at_the_map(
    case: Case, sign_in: Callable[[str], FlaskClient]
) -> None:
    assert sign_in("zhou").get("/account/home").location == "/dashboard"
    assert sign_in("li").get("/account/home").location == "/"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_township_is_inert_in_the_drawing(
    case: Case, session: Session, sign_in: Callable[[str], FlaskClient], name: str
) -> None:
    make_area(session, name, AreaLevel.TOWNSHIP, (117.2, 28.5, 117.4, 28.9))
    page = sign_in("li").get("/dashboard").text
    assert "<script>alert" not in page
    assert " style=" not in page
