import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.tiles import Tile, key_of
from inspections.db import scope
from inspections.jobs import Work
from inspections.registry.people import Person, Role
from inspections.registry.site_counts import PARTS, SiteCell, SiteCount, fold, fold_when_long, recount
from inspections.registry.site_tiles import tile_of_sites
from inspections.registry.sites import SiteKind, SiteState
from tests.factories import COUNTY, PLACE, make_person, make_site

LOW, HIGH = Tile.at(9, *PLACE), Tile.at(15, *PLACE)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def counted(session: Session, level: int = 14) -> int:
    """Sites that the kept counts and the log of changes give together."""
    kept = select(func.coalesce(func.sum(SiteCell.n), 0)).where(SiteCell.level == level)
    return session.scalar(kept) + session.scalar(select(func.coalesce(func.sum(SiteCount.n), 0)))


def work(session: Session) -> Work:
    return Work(session, COUNTY, store=None)


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


def test_a_change_that_moves_no_count_is_not_logged(session: Session) -> None:
    site = make_site(session)
    before = session.scalar(select(func.count()).select_from(SiteCount))
    site.name = "新名字"
    session.flush()
    assert session.scalar(select(func.count()).select_from(SiteCount)) == before == 1


def test_folding_the_log_changes_no_count(session: Session) -> None:
    for _ in range(5):
        session.delete(make_site(session))
        make_site(session)
        session.flush()
    assert counted(session) == 5
    fold(work(session))
    assert counted(session) == 5
    assert session.scalar(select(func.count()).select_from(SiteCount)) == 0
    assert session.scalar(select(func.count()).select_from(SiteCell).where(SiteCell.level == 14)) == 1


def test_folding_again_adds_to_what_is_kept_and_drops_empty_cells(session: Session) -> None:
    first, second = make_site(session), make_site(session, kind=SiteKind.SCHOOL, state=SiteState.LICENSED)
    fold(work(session))
    session.delete(first)
    session.flush()
    fold(work(session))
    cell = session.scalars(select(SiteCell).where(SiteCell.level == 17)).one()
    assert (cell.n, cell.school, cell.suspected, cell.open) == (1, 1, 0, 0)
    assert cell.counts[PARTS.index(("school", "licensed"))] == 1
    session.delete(second)
    session.flush()
    fold(work(session))
    assert session.scalar(select(func.count()).select_from(SiteCell)) == 0


def test_the_log_is_folded_once_it_is_long(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspections.registry.site_counts.FOLD_ABOVE", 3)
    for expected in (1, 2, 0):
        make_site(session)
        fold_when_long(work(session))
        assert session.scalar(select(func.count()).select_from(SiteCount)) == expected


def test_counting_anew_mends_what_was_lost(session: Session) -> None:
    make_site(session)
    fold(work(session))
    session.execute(text("delete from site_cells"))
    assert counted(session) == 0
    recount(session, COUNTY)
    assert counted(session) == 1


@pytest.mark.parametrize("filters", [{}, {"kind": ["suspected", "school"]}, {"state": ["verified"]}])
def test_folding_the_log_changes_no_tile(
    session: Session, dispatcher: Person, filters: dict[str, list[str]]
) -> None:
    for step in range(30):
        place = (PLACE[0] + step / 200, PLACE[1])
        make_site(session, place, kind=list(SiteKind)[step % 3], state=list(SiteState)[step % 7])
        if step == 20:
            fold(work(session))
    mixed = tile_of_sites(session, dispatcher, LOW, filters)
    fold(work(session))
    assert mixed == tile_of_sites(session, dispatcher, LOW, filters) != b""


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
