"""The rail leads to pages that open, and names none that the person may not open."""

import re

import pytest

from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from tests.casefile import make_area
from tests.factories import make_person


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR, Role.TOWNSHIP_ADMIN])
def test_every_entry_of_the_rail_opens(session, sign_in, role: Role) -> None:
    town = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85))
    make_person(session, role, login="someone", township_id=town.id)
    client = sign_in("someone")
    rail = re.search(r'<nav class="desk-rail".*?</nav>', client.get("/sites").text, re.S)
    assert rail
    hrefs = re.findall(r'href="([^"]+)"', rail[0])
    assert len(hrefs) > 8
    assert {href: client.get(href).status_code for href in hrefs} == dict.fromkeys(hrefs, 200)


def test_a_page_that_is_not_open_to_a_township_is_not_in_its_rail(session, sign_in) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    make_person(session, Role.TOWNSHIP_ADMIN, login="town")
    assert 'href="/hotspots"' in sign_in("li").get("/sites").text
    assert 'href="/hotspots"' not in sign_in("town").get("/sites").text
