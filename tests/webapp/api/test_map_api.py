import gzip
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.tiles import Tile
from inspections.db import new_id
from inspections.registry.areas import AreaLevel
from inspections.registry.grid_cells import GridCell
from inspections.registry.map_features import FeatureKind, MapFeature
from inspections.registry.people import Role
from inspections.registry.sites import SiteKind
from tests.casefile import HOSTILE, make_area, make_check, make_licence, make_tip
from tests.factories import COUNTY, PLACE, make_person, make_site

HIGH, LOW = Tile.at(15, *PLACE), Tile.at(9, *PLACE)
AROUND = (117.0, 28.6, 117.1, 28.7)


@pytest.fixture
def desk(sign_in, session: Session) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li")
    return sign_in("li")


def path(tile: Tile, what: str = "sites") -> str:
    return f"/api/v1/tiles/{what}/{tile.z}/{tile.x}/{tile.y}.mvt"


def test_a_tile_is_pressed_private_and_known_again(desk: FlaskClient, session: Session) -> None:
    for step in range(40):
        make_site(session, (PLACE[0] + step / 1e5, PLACE[1]), name=f"{step}号托管班")
    answer = desk.get(path(HIGH), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert "private" in answer.headers["Cache-Control"]
    assert "39号托管班".encode() in gzip.decompress(answer.data)
    again = desk.get(path(HIGH), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_empty_tile_has_no_content_and_an_impossible_one_does_not_exist(desk: FlaskClient) -> None:
    assert desk.get(path(HIGH)).status_code == 204
    for bad in ("1/2/0", "1/0/2", "23/0/0", "40/1/1", "-1/0/0", "a/0/0"):
        assert desk.get(f"/api/v1/tiles/sites/{bad}.mvt").status_code == 404, bad


@pytest.mark.parametrize("tile", [HIGH, LOW])
def test_filters_cut_the_tile_and_unknown_words_are_refused(
    desk: FlaskClient, session: Session, tile: Tile
) -> None:
    area = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, AROUND)
    make_site(session, township_id=area.id)
    for query in ("kind=suspected", f"township={area.id}", "state=reported&state=closed", "category=after_care"):
        assert desk.get(f"{path(tile)}?{query}").status_code == 200, query
    for query in ("kind=school", f"township={new_id()}", "state=closed", "licence_state=none"):
        assert desk.get(f"{path(tile)}?{query}").status_code == 204, query
    for query in ("kind=x", "township=x", "state='"):
        assert desk.get(f"{path(tile)}?{query}").status_code == 422, query


@pytest.mark.parametrize("tile", [HIGH, LOW])
def test_a_township_gets_tiles_of_its_own_sites(sign_in, session: Session, tile: Tile) -> None:
    own = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, AROUND)
    make_person(session, Role.TOWNSHIP_ADMIN, login="wang", township_id=own.id)
    make_site(session, name="别镇")
    client = sign_in("wang")
    assert client.get(path(tile)).status_code == 204
    make_site(session, name="本镇", township_id=own.id)
    assert client.get(path(tile)).status_code == 200
    assert client.get(f"{path(tile)}?township={new_id()}").status_code == 204
    assert "别镇".encode() not in client.get(path(tile)).data


def test_land_is_drawn_by_rank(desk: FlaskClient, session: Session) -> None:
    shape = func.ST_Buffer(lonlat(*PLACE), 0.01)
    session.add(MapFeature(county=COUNTY, kind=FeatureKind.COMPOUND, name="书香花园", rank=3, geometry=shape))
    session.flush()
    assert "书香花园".encode() in desk.get(path(Tile.at(14, *PLACE), "land")).data
    assert desk.get(path(Tile.at(9, *PLACE), "land")).status_code == 204
    assert desk.get(path(Tile.at(14, 100.0, 30.0), "land")).status_code == 204


def test_outlines_say_where_their_name_stands_and_get_coarser_from_afar(
    desk: FlaskClient, session: Session
) -> None:
    area = make_area(session, HOSTILE[1], AreaLevel.TOWNSHIP, AROUND)
    area.boundary = func.ST_Multi(func.ST_Buffer(lonlat(*PLACE), 0.05, 64))
    session.add(GridCell(county=COUNTY, code="W-1", boundary=func.ST_MakeEnvelope(*AROUND, 4326)))
    session.flush()
    near, far = (desk.get(f"/api/v1/areas/townships.geojson?zoom={zoom}") for zoom in (16, 6))
    assert len(far.data) < len(near.data) / 3
    about = near.json["features"][0]["properties"]
    assert about["name"] == HOSTILE[1]
    assert about["at"] == pytest.approx(PLACE, abs=0.05)
    assert (
        desk.get(
            "/api/v1/areas/townships.geojson?zoom=16", headers={"If-None-Match": near.headers["ETag"]}
        ).status_code
        == 304
    )
    assert desk.get("/api/v1/grid-cells.geojson").json["features"][0]["properties"]["code"] == "W-1"
    assert desk.get("/api/v1/areas/county.geojson").json["features"] == []
    assert desk.get("/api/v1/areas/moons.geojson").status_code == 404


def test_a_box_lists_by_pages_and_refuses_what_is_none(desk: FlaskClient, session: Session) -> None:
    for step in range(5):
        make_site(session, name=f"{step}号")
    found = desk.get("/api/v1/sites/in-box?box=117,28.6,117.1,28.7&size=2&page=2").json
    assert (found["total"], found["first"], found["last"]) == (5, 3, 4)
    assert [site["name"] for site in found["sites"]] == ["2号", "3号"]
    for bad in ("", "1,2,3", "117.1,28,117,29", "nan,0,1,1", "-180,-90,180,90", "0,0,30,30"):
        assert desk.get(f"/api/v1/sites/in-box?box={bad}").status_code == 422, bad


def test_the_palette_finds_by_name_licence_code_and_township(desk: FlaskClient, session: Session) -> None:
    make_area(session, "陈营镇", AreaLevel.TOWNSHIP, AROUND)
    site = make_site(session, kind=SiteKind.INSTITUTION, category="arts", name="星海艺术")
    make_licence(session, site, number="教民1361129", credit_code="91361129MA35L0X007")
    make_tip(session, code="261121-GQMZ8C")
    hits = {q: [r["label"] for r in desk.get("/api/v1/search", query_string={"q": q}).json["results"]] for q in
            ("星海", "教民136", "MA35L0X007", "陈营", "GQMZ", "%", "_", "", "星海\x00")}  # fmt: skip
    assert hits == {"星海": ["星海艺术"], "教民136": ["星海艺术"], "MA35L0X007": ["星海艺术"], "陈营": ["陈营镇"],
                    "GQMZ": ["261121-GQMZ8C"], "%": [], "_": [], "": [], "星海\x00": ["星海艺术"]}  # fmt: skip


def test_a_new_check_is_told_once_it_is_there_and_nothing_new_is_304(desk: FlaskClient, session: Session) -> None:
    before = datetime.now(UTC).isoformat()
    quiet = desk.get("/api/v1/changes", query_string={"since": before})
    assert quiet.json["deeds"] == []
    since = quiet.headers["X-Until"]
    unchanged = desk.get(
        "/api/v1/changes", query_string={"since": since}, headers={"If-None-Match": quiet.headers["ETag"]}
    )
    assert unchanged.status_code == 304
    assert unchanged.headers["X-Until"] > since
    site = make_site(session, name=HOSTILE[0])
    check = make_check(session, site, make_person(session, Role.INSPECTOR))
    told = desk.get("/api/v1/changes", query_string={"since": since}).json
    assert [each["id"] for each in told["checks"]] == [str(check.id)]
    assert told["checks"][0]["site"] == HOSTILE[0]
    assert told["deeds"][0]["subject"] == "checks"
    for bad in ("x", "2026-01-01", "2026-01-01T00:00:00"):
        assert desk.get("/api/v1/changes", query_string={"since": bad}).status_code == 422
