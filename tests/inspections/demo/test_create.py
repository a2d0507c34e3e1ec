"""The demo county in a real database, as its owner writes it and as the app's role then sees it."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from geo.hotspots import Level
from geo.measurement import distance_m
from inspections.access import visible
from inspections.casework.handovers import Handover, HandoverState
from inspections.casework.orders import Order, OrderKind, OrderState
from inspections.casework.penalties import Penalty, PenaltyKind, PenaltyState
from inspections.casework.steps import BY_PERSON, Origin, Step, StepKind, StepState
from inspections.db import scope
from inspections.demo import create_demo_county, names, plane, troubles
from inspections.demo.chance import Chance
from inspections.demo.land import draw
from inspections.demo.people import LOGINS, PASSWORD
from inspections.errors import Conflict
from inspections.events import Event
from inspections.evidence.blobs import Blob
from inspections.evidence.store import BlobStore, open_store
from inspections.field.checks import Check
from inspections.field.photos import Photo
from inspections.registry.accounts import Account, hasher
from inspections.registry.counties import County, find_county
from inspections.registry.people import Person, person_of
from inspections.registry.sites import Site
from inspections.reporting.bulletins.bulletins import Audience, Bulletin, BulletinKind
from inspections.reporting.bulletins.signing import is_whole
from inspections.reporting.documents.making import word_file
from inspections.rules.rules import Rule
from inspections.targeting.hotspot_runs import HotspotRun, RunState
from inspections.targeting.hotspots import Settings, county_grid, fill
from inspections.targeting.risk.history import read_history
from inspections.targeting.when.profiles import profiles_at
from tests.inspections.demo.conftest import TODAY

NOW = datetime.combine(TODAY, time(), UTC)


@pytest.fixture(scope="module")
def store() -> Iterator[BlobStore]:
    with tempfile.TemporaryDirectory() as folder:
        yield open_store(Path(folder).as_uri())


@pytest.fixture(scope="module")
def demo(owner_engine: Engine, store: BlobStore) -> Iterator[Session]:
    """The county written by the owner, looked at as the app's role; undone at the end."""
    with owner_engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            create_demo_county(session, store, TODAY)
            session.execute(text("set local role mingcha_app"))
            yield session
        transaction.rollback()


@pytest.fixture
def county(demo: Session) -> Session:
    scope(demo, names.COUNTY_CODE)
    return demo


def sign_in_as(session: Session, login: str) -> Person:
    account = session.scalars(select(Account).where(Account.login == login)).one()
    person = person_of(session, account)
    assert person is not None
    return person


def test_the_county_is_marked_as_demonstration(county: Session) -> None:
    found = find_county(county, names.COUNTY_CODE)
    assert isinstance(found, County)
    assert found.is_demonstration
    assert "演示" in found.name
    assert "演示" in found.bureau


def test_the_apps_role_sees_it_inside_its_county_and_not_from_another(county: Session) -> None:
    assert county.scalar(text("select current_user")) == "mingcha_app"
    for table in ("areas", "sites", "map_features", "checks", "answers", "tips", "events"):
        assert county.scalar(text(f"select count(*) from {table}")) > 90, table
    scope(county, "361129")
    for table in ("areas", "sites", "map_features", "checks", "answers", "tips", "events"):
        assert county.scalar(text(f"select count(*) from {table}")) == 0, table


def test_nothing_that_all_databases_share_is_locked_while_the_county_is_written(county: Session) -> None:
    """Or whoever else counts his rows, in any database of the server, waits until it is written."""
    held = """
        select relation::regclass::text from pg_locks
        where pid = pg_backend_pid() and database = 0 and mode like '%Exclusive%'
    """
    assert county.scalars(text(held)).all() == []


def test_every_login_has_its_role_and_must_change_the_public_password_outside_demo_mode(county: Session) -> None:
    for login, label in LOGINS:
        person = sign_in_as(county, login)
        assert [role.label for role in person.roles] == [label]
    account = county.scalars(select(Account).where(Account.login == "grid")).one()
    assert hasher.verify(account.password_hash, PASSWORD)
    assert account.must_change_password


def test_heads_see_their_own_site_alone(county: Session) -> None:
    for login in ("school", "institution"):
        person = sign_in_as(county, login)
        assert [site.id for site in county.scalars(visible(person, Site))] == [person.site_id]


def test_photos_are_in_the_store_byte_for_byte_and_wait_for_their_thumbnails(
    county: Session, store: BlobStore
) -> None:
    blobs = county.scalars(select(Blob)).all()
    assert len(blobs) > 300
    assert all(store.exists(blob.sha256) for blob in blobs)
    assert all(store.intact(blob.sha256) for blob in blobs[::40])
    assert sum(blob.size for blob in blobs) < 50_000_000
    queued = county.scalar(text("select count(*) from procrastinate_jobs where task_name = 'derive'"))
    assert queued == len(blobs)
    listed = county.scalar(
        text("select count(*) from (select sha256 from photos union select sha256 from tip_files) listed")
    )
    assert listed == len(blobs)
    assert county.scalars(select(Photo).limit(1)).one().media_type == "image/jpeg"


def test_checks_answer_the_published_checklist(county: Session) -> None:
    answered = text(
        "select count(*), count(i.code) from answers a join checks c on c.county = a.county and c.id = a.check_id "
        "left join checklist_items i on i.checklist_code = c.checklist_code "
        "and i.checklist_version = c.checklist_version and i.code = a.item_code"
    )
    answers, known = county.execute(answered).one()
    assert answers == known > 30_000
    assert county.scalar(select(Check.id).where(Check.received_at > NOW)) is None


def test_getis_ord_finds_the_planted_hotspots_and_not_the_cold_quarter(county: Session) -> None:
    land = draw(Chance("mingcha"))
    person = sign_in_as(county, "dispatcher")
    assert {run.state for run in county.scalars(select(HotspotRun))} == {RunState.WAITING}  # ordered already
    run = HotspotRun(
        county=names.COUNTY_CODE,
        computed_at=NOW,
        person_id=person.id,
        settings={"days": 90, "size_m": 500},
        summary={},
        state=RunState.WAITING,
    )
    county.add(run)
    county.flush()
    found = fill(county, run, NOW - timedelta(hours=8)).outcome
    grid = county_grid(county, names.COUNTY_CODE, Settings())
    spots = [plane.lonlat(spot.middle) for spot in troubles.hotspots(land)]
    hot = grid.assign(*np.array(spots).T)
    assert (found.level[hot] >= Level.HOT_99).all()
    cold = grid.assign(*np.array([plane.lonlat(troubles.cold_middle())]).T)
    assert found.level[cold][0] <= Level.NONE


def test_the_hours_of_the_planted_hotspots_are_found(county: Session) -> None:
    """The old town teaches on evenings of school days, the west on days off."""
    history = read_history(county, names.COUNTY_CODE, NOW - timedelta(hours=8))
    rates = profiles_at(county, names.COUNTY_CODE, history).rates.reshape(-1, 10, 24)
    sites = county.scalars(select(Site).where(Site.county == names.COUNTY_CODE, Site.location.is_not(None))).all()
    places = {site.id: site.place for site in sites}
    evening_against_days_off = {}
    for spot in troubles.hotspots(draw(Chance("mingcha"))):
        middle = LonLat(*plane.lonlat(spot.middle))
        near = [
            row
            for row, site_id in enumerate(history.sites.ids)
            if (place := places[site_id]) is not None and distance_m(place, middle) < troubles.HOT_RADIUS_M
        ]
        hours = rates[near].mean(axis=0)
        evening_against_days_off[spot.name] = hours[:5, 18:21].mean() / hours[5:7, 9:17].mean()
    assert evening_against_days_off["老城南"] > 1.5 > 1 > evening_against_days_off["西关"]


def test_orders_are_in_all_states_numbered_by_their_days_and_print(county: Session) -> None:
    orders = county.scalars(select(Order).order_by(Order.kind, Order.year, Order.number)).all()
    assert {order.state for order in orders} == set(OrderState)
    notices = [order for order in orders if order.number and order.kind is OrderKind.RECTIFICATION]
    for year in {order.year for order in notices}:
        own = [order for order in notices if order.year == year]
        assert [order.number for order in own] == list(range(1, len(own) + 1))
        assert sorted(own, key=lambda order: order.issued_at or NOW) == own
    pressing = [order for order in orders if order.kind is OrderKind.SUPERVISION]
    assert [order.number for order in pressing] == [1, 2]
    assert sorted(pressing, key=lambda order: order.issued_at or NOW) == pressing
    frozen = [order for order in orders if order.content]
    assert all(word_file(county, each.county, each.kind, each.content or {}, each.id) for each in frozen)
    late = select(Event.id).where(Event.subject == "orders", Event.verb == "issue", Event.at >= NOW)
    assert county.scalars(late).all() == []


def test_a_second_demo_county_is_refused(county: Session, store: BlobStore) -> None:
    with pytest.raises(Conflict, match="已经存在"):
        create_demo_county(county, store, TODAY)


def test_the_ladder_has_every_rung_and_tells_the_clock_from_persons(county: Session) -> None:
    steps = county.scalars(select(Step)).all()
    done = {step.kind for step in steps if step.state is StepState.DONE}
    assert done == set(StepKind)
    assert {step.kind for step in steps if step.state is StepState.PROPOSED} >= {StepKind.SUPERVISION}
    assert {step.origin for step in steps} == set(Origin)
    held = [step for step in steps if step.record]
    assert held
    assert all(step.headcount == step.record["attended_count"] for step in held if step.record)
    assert all(
        step.decided_by_id for step in steps if step.kind in BY_PERSON and step.decided_at and not step.lapse
    )
    ahead = [event for event in county.scalars(select(Event).where(Event.subject == "steps")) if event.at > NOW]
    assert ahead == []


def test_a_fine_was_paid_and_cases_went_to_other_departments(county: Session) -> None:
    fines = county.scalars(select(Penalty).where(Penalty.kind == PenaltyKind.FINE).order_by(Penalty.version)).all()
    assert [(fine.version, fine.state) for fine in fines] == [
        (1, PenaltyState.DECIDED), (2, PenaltyState.CARRIED_OUT),
    ]  # fmt: skip
    handed = county.scalars(select(Handover).order_by(Handover.number_text, Handover.version)).all()
    assert [(row.number_text, row.state) for row in handed] == [
        ("青教移送〔2026〕1号", HandoverState.SENT),
        ("青教移送〔2026〕1号", HandoverState.ANSWERED),
        ("青教移送〔2026〕2号", HandoverState.SENT),
    ]


def test_there_are_bulletins_of_every_kind_and_state(county: Session) -> None:
    every = county.scalars(select(Bulletin).order_by(Bulletin.last_day)).all()
    quarters = [each for each in every if each.kind is BulletinKind.QUARTERLY]
    assert [(each.state.value, each.audience) for each in quarters] == [
        ("published", Audience.PUBLIC), ("published", Audience.INSIDE), ("draft", None),
    ]  # fmt: skip
    assert {each.kind for each in every if each.content} == set(BulletinKind)
    assert all(is_whole(each) for each in every)
    assert 1 in [each["score"]["rank"] for each in quarters[1].figures["townships"]]
    ahead = [each for each in county.scalars(select(Event).where(Event.subject == "bulletins")) if each.at > NOW]
    assert ahead == []


def test_the_county_has_a_rule_of_its_own_that_begins_next_week(demo: Session) -> None:
    (rule,) = demo.scalars(select(Rule).where(Rule.region == names.COUNTY_CODE)).all()
    assert (rule.title, rule.valid_from) == ("课后服务最晚结束时间", TODAY + timedelta(days=7))
