import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from tests.factories import make_person
from webapp import tile_sources

AMAP = {
    "name": "高德",
    "url": "https://webrd0{s}.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}",
    "datum": "gcj02",
    "attribution": "<b>高德</b>",
    "subdomains": ["1", "2"],
}


def test_none_are_configured_unless_someone_does() -> None:
    assert tile_sources.read("") == tile_sources.read(" ") == tile_sources.read("[]") == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '[{"name": "x"}]',
        '[{"name": "x", "url": "javascript:{z}{x}{y}"}]',
        '[{"name": "x", "url": "/{z}"}]',
        '[{"name": "x", "url": "/{z}/{x}/{y}", "datum": "bd09"}]',
        '[{"name": "x", "url": "/{z}/{x}/{y}", "key": 1}]',
    ],
)
def test_a_mistake_in_the_setting_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="MINGCHA_TILE_SOURCES"):
        tile_sources.read(text)


def test_the_map_offers_a_source_and_lets_its_pictures_in_and_nobody_elses(
    app: Flask, sign_in, session: Session
) -> None:
    app.extensions["tile_sources"] = tile_sources.read(json.dumps([AMAP]))
    make_person(session, Role.DISPATCHER, login="li")
    client = sign_in("li")
    page = client.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "https://webrd01.is.autonavi.com https://webrd02.is.autonavi.com" in policy
    assert "autonavi" not in client.get("/sites").headers["Content-Security-Policy"]
    assert "高德" in page.text
