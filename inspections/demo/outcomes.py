"""What becomes of problems: findings in all states, some overdue, and the re-checks that strike them off."""

from datetime import timedelta

from ..casework.findings import Finding, FindingState
from ..field.checks import CheckKind
from ..registry.people import Role
from . import rhythm
from .book import Book, moment
from .chance import Chance
from .faults import Problem
from .people import Staff
from .visits import Planner, Visit

State = FindingState


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


def write_findings(book: Book, visits: list[Visit], staff: Staff) -> None:
    """Findings of the visits that took place. Only a re-check that took place strikes one off."""
    chance = book.chance.stream("findings")
    dispatchers = staff.of(Role.DISPATCHER)
    for visit in visits:
        for problem in visit.problems:
            struck = problem.recheck.finish if problem.recheck and problem.recheck.id else None
            decided = problem.state is not State.PROPOSED
            at = problem.confirmed_at if decided else None
            book.add(
                Finding,
                id=book.new_id(visit.finish),
                site_id=visit.spot.id,
                check_id=visit.id,
                item_code=problem.item,
                text=problem.text,
                severity=problem.severity,
                state=State.STRUCK_OFF if struck else problem.state,
                found_at=visit.finish,
                due_on=problem.due_on,
                confirmed_by_id=chance.choice(dispatchers).id if at else None,
                confirmed_at=at,
                struck_off_at=struck,
                created_at=visit.finish,
            )
