from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import TooManyRequests
from inspections.intake.lanes import Sluice, lane_of
from inspections.intake.tips import Lane, Tip, TipChannel
from tests.factories import COUNTY, NOW

SMALL = Sluice(proven_of_one=3, unproven_of_one=2, unproven_an_hour=4, flood_a_day=6, most_a_day=12)


def came(session: Session, count: int, lane: Lane, minutes_ago: int = 5) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    session.execute(
        insert(Tip),
        [
            {"county": COUNTY, "id": new_id(), "code": str(new_id()), "channel": TipChannel.WEB, "text": "补课",
             "received_at": at, "lane": lane}
            for _ in range(count)
        ],
    )  # fmt: skip


def lane(session: Session, *, is_proven: bool = False, sent_before: int = 0) -> Lane:
    return lane_of(session, COUNTY, NOW, is_proven=is_proven, sent_before=sent_before, sluice=SMALL)


@pytest.mark.parametrize(
    ("is_proven", "sent_before", "expected"),
    [
        (True, 0, Lane.PROVEN), (True, 2, Lane.PROVEN), (True, 3, Lane.UNPROVEN), (True, 6, Lane.FLOOD),
        (False, 0, Lane.UNPROVEN), (False, 1, Lane.UNPROVEN), (False, 2, Lane.FLOOD),
    ],
)  # fmt: skip
def test_a_lane_follows_from_proof_and_from_how_much_came(session, is_proven, sent_before, expected) -> None:
    assert lane(session, is_proven=is_proven, sent_before=sent_before) is expected


def test_when_too_much_comes_without_proof_more_of_it_waits_and_proven_tips_do_not(session) -> None:
    came(session, 4, Lane.UNPROVEN)
    assert lane(session) is Lane.FLOOD
    assert lane(session, is_proven=True) is Lane.PROVEN


def test_after_an_hour_unproven_tips_are_read_as_they_come_again(session) -> None:
    came(session, 4, Lane.UNPROVEN, minutes_ago=61)
    assert lane(session) is Lane.UNPROVEN


def test_a_flood_ends_at_the_days_most_and_proven_tips_still_enter(session) -> None:
    came(session, 4, Lane.UNPROVEN)
    came(session, 6, Lane.FLOOD)
    with pytest.raises(TooManyRequests, match="还在这一页上"):
        lane(session)
    assert lane(session, is_proven=True) is Lane.PROVEN
    came(session, 2, Lane.PROVEN)
    with pytest.raises(TooManyRequests):
        lane(session, is_proven=True)


def test_yesterdays_flood_is_over(session) -> None:
    came(session, 6, Lane.FLOOD, minutes_ago=24 * 60 + 1)
    assert lane(session, sent_before=2) is Lane.FLOOD


def test_what_comes_by_telephone_counts_nowhere(session) -> None:
    came(session, 12, None)  # type: ignore[arg-type]
    assert lane(session) is Lane.UNPROVEN
