"""What analyses count, now and as of a past moment."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from inspections.binary_columns import read_columns
from inspections.casework.findings import FindingState
from inspections.db import scope
from inspections.intake.tip_moves import TipMoveKind, move
from inspections.intake.tips import Tip, TipState
from inspections.targeting.occurrences import Occurrences, occurrences
from tests.factories import COUNTY, NOW, make_finding, make_site, make_tip

HERE = (117.05, 28.65)
DAY = timedelta(days=1)


def counted(session: Session, known_at: datetime | None = None) -> Occurrences:
    return occurrences(session, COUNTY, NOW - 60 * DAY, NOW + DAY, known_at)


def decided(session: Session, kind: TipMoveKind, received: datetime, at: datetime) -> Tip:
    tip = make_tip(session, place=HERE, received_at=received)
    move(session, tip, kind, at)
    return tip


def test_a_tip_counts_as_it_was_known_then(session: Session) -> None:
    decided(session, TipMoveKind.CONFIRMED, NOW - 30 * DAY, NOW - 10 * DAY)
    decided(session, TipMoveKind.UNFOUNDED, NOW - 30 * DAY, NOW - 10 * DAY)
    assert counted(session).weight.tolist() == [2]
    assert counted(session, NOW - 20 * DAY).weight.tolist() == [1, 1]
    assert counted(session, NOW - 5 * DAY).weight.tolist() == [2]
    assert len(counted(session, NOW - 40 * DAY)) == 0


def test_a_tip_opened_again_is_what_it_was_in_between(session: Session) -> None:
    tip = decided(session, TipMoveKind.UNFOUNDED, NOW - 30 * DAY, NOW - 20 * DAY)
    move(session, tip, TipMoveKind.REOPENED, NOW - 10 * DAY)
    assert [len(counted(session, NOW - days * DAY)) for days in (25, 15, 5)] == [1, 0, 1]


def test_a_tip_that_came_on_paper_is_not_known_before_its_first_move(session: Session) -> None:
    tip = Tip(county=COUNTY, code="T-1", channel="mailbox", text="信", received_at=NOW - 30 * DAY)
    tip.location = make_site(session, HERE).location
    session.add(tip)
    session.flush()
    move(session, tip, TipMoveKind.RECEIVED, NOW - 10 * DAY)
    assert [len(counted(session, NOW - days * DAY)) for days in (20, 5)] == [0, 1]


def test_a_finding_counts_from_the_moment_it_was_confirmed(session: Session) -> None:
    site = make_site(session, HERE)
    make_finding(session, site, severity=3, found_at=NOW - 20 * DAY, confirmed_at=NOW - 10 * DAY)
    make_finding(session, site, state=FindingState.REJECTED, found_at=NOW - 20 * DAY)
    make_finding(session, site, state=FindingState.PROPOSED, found_at=NOW - 20 * DAY)
    assert counted(session).weight.tolist() == [3]
    assert [len(counted(session, NOW - days * DAY)) for days in (15, 5)] == [0, 1]


def test_place_moment_kind_and_key_are_those_of_the_rows(session: Session) -> None:
    site = make_site(session, (117.1, 28.7))
    tip = make_tip(session, site_id=site.id, received_at=NOW - 3 * DAY)
    nearer = make_tip(session, place=HERE, site_id=site.id, received_at=NOW - 2 * DAY)
    finding = make_finding(session, site, found_at=NOW - DAY)
    make_tip(session)  # without a place
    found = counted(session)
    assert found.kind.tolist() == ["tip", "tip", "finding"]
    assert found.lon.tolist() == [117.1, HERE[0], 117.1]
    assert found.lat.tolist() == [28.7, HERE[1], 28.7]
    assert [each.tobytes() for each in found.id] == [tip.id.bytes, nearer.id.bytes, finding.id.bytes]
    moments = [NOW - 3 * DAY, NOW - 2 * DAY, NOW - DAY]
    assert found.at.tolist() == [each.replace(tzinfo=None) for each in moments]


def test_days_are_those_of_china(session: Session) -> None:
    late = datetime.fromisoformat("2026-01-31T16:30:00+00:00")
    make_tip(session, place=HERE, received_at=late)
    found = occurrences(session, COUNTY, late - DAY, late + DAY)
    assert found.days.tolist() == [date(2026, 2, 1)]


def test_another_countys_events_are_not_read(session: Session) -> None:
    make_tip(session, place=HERE)
    scope(session, "421303")
    assert len(occurrences(session, "421303", NOW - 60 * DAY, NOW)) == 0
    assert len(counted(session)) == 0


def test_a_null_is_refused_where_rows_must_be_of_one_width(session: Session) -> None:
    query = "select x, 1::int2 from unnest(array[1.5, null]) as given(x)"
    with pytest.raises(ValueError, match="null"):
        read_columns(session, query.replace("x,", "x::float8,"), {"x": ">f8", "n": ">i2"}, {})


def test_a_query_without_rows_gives_columns_without_values(session: Session) -> None:
    none = read_columns(session, "select 1.5::float8 where false", {"x": ">f8"}, {})
    assert none["x"].astype(np.float64).tolist() == []


def test_every_state_of_a_tip_weighs_what_it_should(session: Session) -> None:
    for state in TipState:
        make_tip(session, place=HERE, state=state, received_at=NOW - 9 * DAY)
    assert sorted(counted(session).weight) == sorted(counted(session, NOW).weight) == [1, 1, 2]
