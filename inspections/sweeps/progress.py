"""How far a sweep has come: what is done, and what is to be done next."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..errors import Message, say
from ..registry.people import Person
from .plan import Plan
from .plans import knows, plan_of
from .stops import SETTLED, SweepStop
from .sweeps import Sweep, SweepState
from .teams import SweepTeam

BEGUN = (SweepState.RUNNING, SweepState.FINISHED)


class Stage(NamedTuple):
    """A step on the way. `page` is the part of the sweep's address where it is done; `words` say how it stands."""

    page: str
    name: Message
    is_done: bool
    words: Message


def stages_of(session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep) -> list[Stage]:
    """In order. Numbers of stops are for the need-to-know list alone until the release; nobody else gets any."""
    if not knows(session, person, sweep) or sweep.state is SweepState.CANCELLED:
        return []
    plan = plan_of(session, keys, sweep)
    query = select(func.count()).where(SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id)
    return [*_planning(plan, session.scalar(query) or 0), *_action(session, sweep)]


def _planning(plan: Plan, teams: int) -> list[Stage]:
    count, left = len(plan.stops), len(plan.left_out)
    stops = say("{n} 处", n=count) if count else say("还没有点位")
    if plan.solved_at is None:
        routes = say("还没有排，或点位、小组改过以后没有重排")
    else:
        routes = say("{n} 处排不上", n=left) if left else say("全部排上了")
    return [
        Stage("plan", say("选点位"), count > 0, stops),
        Stage("teams", say("编小组"), teams > 0, say("{n} 个小组", n=teams) if teams else say("还没有小组")),
        Stage("routes", say("排路线"), plan.solved_at is not None and not left, routes),
    ]


def _action(session: Session, sweep: Sweep) -> list[Stage]:
    begun, ended = sweep.state in BEGUN, sweep.state is SweepState.FINISHED
    todo = say("核对知情名单，然后封存；封存后手机才能提前取密封包")
    sealed = say("手机已可提前取密封包") if sweep.sealed_at else todo
    stages = [Stage("secrecy", say("封存"), sweep.sealed_at is not None or begun, sealed)]
    stages.append(Stage("live", say("启动（T-0）"), begun, _release_words(sweep)))
    if begun:
        settled, total = _settled(session, sweep)
        stages.append(Stage("live", say("行动"), ended, say("{n} / {total} 处已办结", n=settled, total=total)))
        report = say("可以查看和导出") if ended else say("行动结束后可以导出")
        stages.append(Stage("report", say("总结报告"), False, report))
    return stages


def _release_words(sweep: Sweep) -> Message:
    return say("已启动") if sweep.released_at else say("到时自动打开；也可以在“保密”页提前或推迟")


def _settled(session: Session, sweep: Sweep) -> tuple[int, int]:
    own = (SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id)
    total = session.scalar(select(func.count()).where(*own)) or 0
    return session.scalar(select(func.count()).where(*own, SweepStop.state.in_(SETTLED))) or 0, total
