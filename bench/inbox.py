"""Pages of the inbox over a hundred thousand tips, and a tip's page: server time without the network, as the app's
role behind row-level security. Suggested duplicates are measured by `duplicates`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from inspections.intake.credibility import sources
from inspections.intake.key_cases import suggested_keys
from inspections.intake.undoing import last_decision
from inspections.listing import Question, read
from inspections.listing.tips import inbox_of, queue_counts

from .result import Result, side_by_side
from .tips_county import TIPS, county_of_tips

NAME = "inbox"
LIMIT_MS = 100.0
PAGES: dict[str, dict[str, list[str]]] = {
    "what waits, by deadline": {"queue": ["new"]},
    "assigned": {"queue": ["assigned"]},
    "late": {"queue": ["late"]},
    "all": {"queue": ["all"]},
    "all, page 2000": {"queue": ["all"], "page": ["2000"]},
    "all by hotline": {"queue": ["all"], "channel": ["hotline"]},
    "two words searched in all": {"queue": ["all"], "q": ["锦绣花园 数学"]},
    "a code searched in all": {"queue": ["all"], "q": ["261101-00042"]},
    "a word that none has": {"queue": ["all"], "q": ["没有这样的词"]},
}


def run(full: bool) -> list[Result]:
    with county_of_tips() as (session, person):
        now = datetime.now(UTC)
        return [
            *(_against(f"page of {TIPS:,}: {name}", page) for name, page in _pages(session, person, now)),
            _against("suggested key cases", lambda: suggested_keys(session, person, now)),
            _against("rates of all sources", lambda: sources(session, person, now)),
        ]


def _pages(session: Session, person: Any, now: datetime) -> list[tuple[str, Callable[[], Any]]]:
    def page(asked: dict[str, list[str]]) -> None:
        one = inbox_of(asked["queue"][0])
        read(session, person, one, replace(Question.of(one, asked), size=25))
        queue_counts(session, person)
        last_decision(session, person, now)

    return [(name, lambda asked=asked: page(asked)) for name, asked in PAGES.items()]  # type: ignore[misc]


def _against(name: str, work: Callable[[], Any]) -> Result:
    own, _ = side_by_side(work, lambda: None)
    return Result(name, own, LIMIT_MS, "≤ 1 ×", peer_name="limit")
