from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from inspections.intake.tip_moves import TipMoveKind, move
from inspections.reporting.figures.selection import Selection
from inspections.reporting.figures.work import records_of
from tests.factories import COUNTY, make_tip


def test_what_became_of_a_tip_is_counted_as_it_stood_on_the_day_asked_about(session: Session) -> None:
    received = datetime(2026, 9, 1, 4, tzinfo=UTC)
    tip = make_tip(session, received_at=received)
    move(session, tip, TipMoveKind.CONFIRMED, received + timedelta(days=10))
    moments = [received + timedelta(days=days) for days in (5, 15)]
    counted = [
        {key: len(records_of(session, selection, f"tips.{key}")) for key in ("all", "pending", "confirmed")}
        for selection in (Selection(COUNTY, date(2026, 9, 1), date(2026, 9, 30), at) for at in moments)
    ]
    assert counted == [{"all": 1, "pending": 1, "confirmed": 0}, {"all": 1, "pending": 0, "confirmed": 1}]
