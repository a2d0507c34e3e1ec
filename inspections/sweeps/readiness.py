"""What a sweep still wants before it can be sealed, and whether its open words give a target away."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Message, say
from ..registry.sites import Site
from .packing import holders_of, teams_of
from .plan import Plan
from .sweeps import Sweep
from .visit_caps import cap_words, over_caps

SHORTEST_NAME = 3  # letters: a shorter name stands in too many words by chance


def why_not(session: Session, sweep: Sweep, plan: Plan, now: datetime) -> list[Message]:
    """Empty where it may be sealed. A stop without a team is no hindrance: it goes to command at the start."""
    teams, holders = teams_of(session, sweep), holders_of(session, sweep)
    routed = {route.team_id for route in plan.routes if route.visits}
    found = []
    if not plan.stops:
        found.append(say("方案里还没有点位"))
    if not teams:
        found.append(say("还没有小组"))
    found += [say("{team}还没有人", team=team.name) for team in teams if not holders.get(team.id)]
    if plan.stops and teams and not routed & {team.id for team in teams}:
        found.append(say("还没有排出路线"))
    if now >= sweep.starts_at:
        found.append(say("启动时间已过，请先改行动时间"))
    if not sweep.meeting_point.strip():
        found.append(say("还没有写集合地点"))
    found += cap_words(over_caps(session, sweep, plan, now))
    return found + given_away(session, sweep, plan)


def given_away(session: Session, sweep: Sweep, plan: Plan) -> list[Message]:
    """Every member reads these words before the start, so none may hold the name or the address of a target."""
    said = [
        (say("行动名称"), sweep.name),
        (say("行动目的"), sweep.purpose),
        (say("集合地点"), sweep.meeting_point),
    ]
    for team in teams_of(session, sweep):
        said.append((say("第 {n} 组的名称", n=team.number), team.name))
        said.append((say("第 {n} 组的出发地", n=team.number), team.start_name))
    words = _telling(session, sweep.county, [stop.site_id for stop in plan.stops])
    return [
        say("{where}里有检查对象的名称或地址，启动前组员都能看到，请改写", where=where)
        for where, text in said
        if any(word in _plain(text) for word in words)
    ]


def _telling(session: Session, county: str, site_ids: Sequence[UUID]) -> set[str]:
    rows = session.execute(select(Site.name, Site.address).where(Site.county == county, Site.id.in_(site_ids)))
    words = {_plain(text or "") for row in rows for text in row}
    return {word for word in words if len(word) >= SHORTEST_NAME}


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
