"""What becomes of problems: findings in all states, some overdue, and the re-checks that strike them off.

Of those that were looked at again most were mended; some only in part or not at all, and a few came back later.
"""

from datetime import datetime, timedelta
from uuid import UUID

from ..casework.closures import Closure
from ..casework.findings import Finding, FindingState
from ..casework.rechecks import Recheck, RecheckOutcome
from ..field.checks import Check, CheckKind, Standing
from ..registry.people import Role
from . import rhythm
from .book import Book, Row, local, moment
from .chance import Chance
from .faults import Problem
from .people import Staff
from .visits import Planner, Visit

State = FindingState
OUTCOMES = {RecheckOutcome.FIXED: 91, RecheckOutcome.PARTLY: 5, RecheckOutcome.NOT_FIXED: 4}
LEFT = {
    RecheckOutcome.FIXED: "",
    RecheckOutcome.PARTLY: "已停课，退费还在办理，公示栏尚未更新",
    RecheckOutcome.NOT_FIXED: "到场时仍在授课，与上次情况相同",
}
CAME_BACK = "群众再次举报，晚间又有学生进出，重新打开核查"


def decide(planner: Planner) -> None:
    """Give each problem its state by its age, and plan the re-check of what was mended."""
    chance = planner.book.chance.stream("outcomes")
    for visit in list(planner.visits):
        for problem in visit.problems:
            _decide(planner, visit, problem, chance)


def _decide(planner: Planner, visit: Visit, problem: Problem, chance: Chance) -> None:
    book = planner.book
    age = (book.until - visit.finish) / timedelta(days=1)
    if age < 4 or chance.happens(0.03):
        return
    problem.confirmed_at = visit.finish + timedelta(days=chance.uniform(0.2, 3.5))
    if chance.happens(0.07):
        problem.state, problem.confirmed_at = State.REJECTED, None
        return
    days = chance.choice([3, 7, 10, 15, 30])
    problem.due_on = (problem.confirmed_at + timedelta(hours=8)).date() + timedelta(days=days)
    problem.state = State.CONFIRMED if age < 30 and chance.happens(0.5) else State.RECTIFYING
    if chance.happens(0.88):
        _plan_recheck(planner, visit, problem, chance)


def _plan_recheck(planner: Planner, visit: Visit, problem: Problem, chance: Chance) -> None:
    """One re-check strikes off all problems of a visit that are due by then."""
    if problem.due_on is None:
        return
    done = [other.recheck for other in visit.problems if other.recheck]
    if not done:
        day = rhythm.next_workday(problem.due_on + timedelta(days=chance.randint(-2, 12)))
        if moment(day, 0) >= planner.book.until - timedelta(hours=20):
            return
        before = len(planner.visits)
        planner.go(visit.spot, CheckKind.RECHECK, *planner.pair(), day, fault=0.0, sent=True)
        done = planner.visits[before:]
    if done and done[0].start > (problem.confirmed_at or done[0].start):
        problem.recheck = done[0]


def look_again(book: Book, visits: list[Visit]) -> None:
    """Tell each re-check that took place what it looked at again."""
    chance = book.chance.stream("rechecks")
    for visit in visits:
        for problem in visit.problems:
            if problem.recheck and problem.recheck.id:
                problem.outcome = chance.weighted(OUTCOMES)
                problem.recheck.looked_at.append(problem)


def write_findings(book: Book, visits: list[Visit], staff: Staff) -> None:
    """Findings of the visits that took place. Only a re-check that took place strikes one off."""
    chance = book.chance.stream("findings")
    dispatchers = staff.of(Role.DISPATCHER)
    standings = {row["id"]: row["standing"] for row in book.of(Check)}
    for visit in visits:
        for problem in visit.problems:
            decided = problem.state is not State.PROPOSED
            at = problem.confirmed_at if decided else None
            dispatcher = chance.choice(dispatchers).id
            struck = _closed(book, visit, problem, dispatcher, standings, chance)
            book.add(
                Finding,
                id=problem.id,
                site_id=visit.spot.id,
                check_id=visit.id,
                item_code=problem.item,
                text=problem.text,
                severity=problem.severity,
                state=State.STRUCK_OFF if struck else problem.state,
                found_at=visit.finish,
                due_on=problem.due_on,
                suspended_at=None,
                confirmed_by_id=dispatcher if at else None,
                confirmed_at=at,
                struck_off_at=struck,
                created_at=visit.finish,
            )


def _closed(
    book: Book, visit: Visit, problem: Problem, dispatcher: UUID, standings: dict[UUID, Standing], chance: Chance
) -> datetime | None:
    """The re-check's row, and when it closed the problem, if it did and the problem has not come back since."""
    again: Visit | None = problem.recheck
    if again is None or again.id is None or visit.id is None:
        return None
    recheck = book.add(
        Recheck, id=book.new_id(again.finish), check_id=again.id, finding_id=problem.id,
        outcome=problem.outcome, note=LEFT[problem.outcome], created_at=again.finish,
    )  # fmt: skip
    is_lead = standings[visit.id] is Standing.INSPECTION and standings[again.id] is Standing.LEAD
    if problem.outcome is not RecheckOutcome.FIXED or is_lead:
        return None
    at = moment(rhythm.next_workday(local(again.finish).date() + timedelta(days=1)), chance.uniform(9, 11.5))
    if at >= book.until:
        return None
    return _struck_off(book, recheck, at, dispatcher, chance)


def _struck_off(book: Book, recheck: Row, at: datetime, dispatcher: UUID, chance: Chance) -> datetime | None:
    back = at + timedelta(days=chance.uniform(20, 60))
    is_back = chance.happens(0.02) and back < book.until
    book.add(
        Closure, id=book.new_id(at), finding_id=recheck["finding_id"], recheck_id=recheck["id"],
        closed_by_id=dispatcher, closed_at=at, note="", reopened_at=back if is_back else None,
        reopened_by_id=dispatcher if is_back else None, reopened_reason=CAME_BACK if is_back else None,
        created_at=at,
    )  # fmt: skip
    return None if is_back else at
