"""Suggested duplicates over a hundred thousand tips: of what waits, and of drafts as an operator types them."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat
from inspections.intake.clues import ClueKind
from inspections.intake.duplicates import Draft, suggest
from inspections.intake.tips import Tip, TipState
from inspections.registry.people import Person

from .result import Result, side_by_side
from .tips_county import TIPS, county_of_tips

NAME = "duplicates"
LIMIT_MS = 50.0
WORDS = "您好，锦绣花园 3 栋这里，陈启明晚托每天晚上给小学生补数学，大概 20 个孩子，请尽快查一下。"
SAMPLE = 40


def run(full: bool) -> list[Result]:
    with county_of_tips() as (session, person):
        return [*_of_drafts(session, person), *_of_tips(session, person)]


def _of_drafts(session: Session, person: Person) -> list[Result]:
    now = datetime.now(UTC)
    some = session.scalars(select(Tip).where(Tip.location.is_not(None)).limit(1)).one()
    lon, lat = session.execute(select(Tip.location.ST_X(), Tip.location.ST_Y()).where(Tip.id == some.id)).one()
    drafts = {
        "a few words": Draft(text=WORDS[:8]),
        "a sentence": Draft(text=WORDS),
        "a long text of usual words": Draft(text="晚上给小学生补数学，请尽快查一下。" * 30),
        "a phone that many gave": Draft(text="报名", clues=frozenset({(ClueKind.PHONE, "13800001234")})),
        "place, compound and words": Draft(
            text=WORDS, place=LonLat(lon, lat), uncertainty_m=100, compound="锦绣花园", building="3 栋", at=now
        ),
    }
    results = []
    for name, draft in drafts.items():
        own, _ = side_by_side(lambda draft=draft: suggest(session, person, draft, now), lambda: None)  # type: ignore[misc]
        results.append(Result(f"{TIPS:,} tips, {name}", own, LIMIT_MS, "≤ 1 ×", peer_name="limit"))
    return results


def _of_tips(session: Session, person: Person) -> list[Result]:
    """Of tips that wait, spread over all of them: the median and the slowest."""
    now = datetime.now(UTC)
    query = select(Tip).where(Tip.state == TipState.NEW).order_by(Tip.id).limit(SAMPLE * 100)
    waiting = session.scalars(query).all()[::100]

    def of(tip: Tip) -> float:
        return side_by_side(lambda: suggest(session, person, tip, now), lambda: None, 1)[0]

    times = sorted(of(tip) for tip in waiting)
    return [
        Result("a tip that waits, median", times[len(times) // 2], LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result("a tip that waits, slowest of 40", times[-1], LIMIT_MS, "≤ 1 ×", peer_name="limit"),
    ]
