import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.tiles import Tile, key_of
from inspections.db import scope
from inspections.jobs import Work
from inspections.registry.people import Person, Role
from inspections.registry.site_tiles import SiteCount, fold, tile_of_sites
from inspections.registry.sites import SiteKind, SiteState
from tests.factories import COUNTY, PLACE, make_person, make_site

LOW, HIGH = Tile.at(9, *PLACE), Tile.at(15, *PLACE)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def counted(session: Session, level: int = 14) -> int:
    return session.scalar(select(func.coalesce(func.sum(SiteCount.n), 0)).where(SiteCount.level == level))


def test_the_database_and_python_agree_on_keys(session: Session) -> None:
    for place in (PLACE, (-179.9, -84.9), (179.9999999, 85.0), (0, 0), (103.123456789, 30.987654321)):
        assert session.scalar(select(func.tile_key(lonlat(*place)))) == key_of(*place)


def test_counts_follow_sites_as_they_come_change_and_go(session: Session) -> None:
    site = make_site(session)
    other = make_site(session, place=None)
    assert counted(session) == 1
    site.state = SiteState.VERIFIED
    other.location = lonlat(*PLACE)
    session.flush()
    assert counted(session) == 2
    session.delete(site)
    session.flush()
    assert counted(session) == 1


def test_folding_the_log_changes_no_count(session: Session) -> None:
    for _ in range(5):
        session.delete(make_site(session))
        make_site(session)
        session.flush()
    before = counted(session)
    fold(Work(session, COUNTY, store=None))
    assert counted(session) == before == 5
    assert session.scalar(select(func.count()).select_from(SiteCount).where(SiteCount.level == 14)) == 1


def test_a_low_tile_holds_cells_and_a_high_one_sites(session: Session, dispatcher: Person) -> None:
    make_site(session, name="小太阳托管班")
    assert b"cells" in tile_of_sites(session, dispatcher, LOW, {})
    high = tile_of_sites(session, dispatcher, HIGH, {})
    assert b"sites" in high
    assert "小太阳托管班".encode() in high


@pytest.mark.parametrize("tile", [LOW, HIGH])
@pytest.mark.parametrize("filters", [{"kind": ["school"]}, {"licence_state": ["none"]}, {"township_id": []}])
def test_a_filter_that_matches_nothing_gives_an_empty_tile(
    session: Session, dispatcher: Person, tile: Tile, filters: dict[str, list[str]]
) -> None:
    make_site(session)
    assert tile_of_sites(session, dispatcher, tile, filters) == b""


def test_live_and_kept_counts_draw_the_same_tile(session: Session, dispatcher: Person) -> None:
    for step in range(20):
        make_site(session, (PLACE[0] + step / 100, PLACE[1]), kind=list(SiteKind)[step % 3])
    kept = tile_of_sites(session, dispatcher, LOW, {"kind": ["suspected"]})
    live = tile_of_sites(session, dispatcher, LOW, {"kind": ["suspected"], "category": ["after_care"]})
    assert kept == live != b""


def test_another_county_sees_no_cell(session: Session, dispatcher: Person) -> None:
    make_site(session)
    scope(session, "421303")
    assert tile_of_sites(session, dispatcher, LOW, {}) == b""
    assert session.scalar(text("select count(*) from site_counts")) == 0
