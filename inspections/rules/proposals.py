"""Rules held against the facts of a check. What is broken becomes a proposed finding, which an officer decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..casework.findings import Finding, Problem, propose
from ..errors import Conflict, Message, say
from ..field.checks import Check
from ..registry.people import Person
from .calendar import Calendar, day_facts, read_calendar
from .judgements import FINAL, Judgement
from .judging import Outcome, Verdict, judge, reasons
from .limits import Case, describe
from .observations import Observation
from .rules import Rule, RuleBook, read_book

LONGEST_TEXT = 1_000


class Judged(NamedTuple):
    """One line of the table of verdicts: rule, limit and version, what was found, and what came of it."""

    judgement: Judgement
    rule: Rule
    reasons: list[Message]
    lacking: tuple[str, ...]
    needs_limit: bool
    finding: Finding | None


class Yardstick(NamedTuple):
    """What facts are judged by: the rules of a county and its calendars."""

    book: RuleBook
    calendar: Calendar


class Seen(NamedTuple):
    """An observation and the verdicts on it."""

    observation: Observation
    recorded_by: Person
    verdicts: list[Judged]


def judge_check(session: Session, person: Person, check_id: UUID, now: datetime) -> dict[Outcome, int]:
    """Judge the facts of a check by the rules of their days; what was judged before keeps its verdict and version.

    Returns how many verdicts of each kind were added or changed. Raises Conflict where nothing is recorded.
    """
    require(person, "fact.record")
    check = get(session, person, Check, check_id)
    session.refresh(check, ["state"], with_for_update=True)  # two who judge at once would propose twice
    rows = _observations(session, person, check)
    if not rows:
        raise Conflict(say("还没有登记事实，请先登记再判定"))
    book, calendar = read_book(session, person.county), read_calendar(session, person)
    known = {(row.observation_id, row.rule_code): row for row in _judgements(session, person, check)}
    return _judge(session, person, check, rows, Yardstick(book, calendar), now, known)


def judge_new(
    session: Session, person: Person, check: Check, rows: Sequence[Observation], by: Yardstick, now: datetime
) -> None:
    """The same for facts that came with a check just now and were never judged."""
    _judge(session, person, check, rows, by, now, {})


def _judge(
    session: Session,
    person: Person,
    check: Check,
    rows: Sequence[Observation],
    by: Yardstick,
    now: datetime,
    known: Mapping[tuple[UUID, str], Judgement],
) -> dict[Outcome, int]:
    counts = dict.fromkeys(Outcome, 0)
    for observation in rows:
        for rule, facts, verdict in verdicts(by.book, by.calendar, observation):
            was = known.get((observation.id, rule.code))
            if was is not None and was.outcome in FINAL:
                continue
            counts[verdict.outcome] += 1
            is_broken = verdict.outcome is Outcome.BROKEN
            finding_id = _propose(session, check, observation, rule, facts, verdict) if is_broken else None
            row = was or _new(check, observation, rule)
            row.rule_region, row.rule_version, row.finding_id = rule.region, rule.version, finding_id
            row.outcome, row.facts = verdict.outcome, facts
            row.judged_at, row.judged_by_id = now, person.id
            session.add(row)
    session.flush()
    events.record(
        session, person, "judge", check, **{each.value: count for each, count in counts.items() if count}
    )
    return counts


def verdicts(
    book: RuleBook, calendar: Calendar, observation: Observation
) -> list[tuple[Rule, dict[str, Any], Verdict]]:
    """Every rule about the subject that holds on the day, with the facts it saw and its verdict."""
    facts = observation.facts | day_facts(calendar, observation.day)
    rules = book.about(observation.subject, observation.day)
    return [(rule, facts, judge(rule.limit, facts)) for rule in rules]


def read_seen(session: Session, person: Person, check: Check) -> list[Seen]:
    """The observations of a check that the person may see, each with its verdicts."""
    observations = _observations(session, person, check, withdrawn=True)
    judgements = _judgements(session, person, check)
    key_of = (Rule.region, Rule.code, Rule.version)
    wanted = {(row.rule_region, row.rule_code, row.rule_version) for row in judgements}
    used = session.scalars(select(Rule).where(tuple_(*key_of).in_(wanted)))
    rules = {(rule.region, rule.code, rule.version): rule for rule in used}
    found = visible(person, Finding).where(Finding.check_id == check.id)
    findings = {row.id: row for row in session.scalars(found)}
    by_observation: dict[UUID, list[Judged]] = {}
    for row in judgements:
        rule = rules[row.rule_region, row.rule_code, row.rule_version]
        finding = findings.get(row.finding_id) if row.finding_id else None
        by_observation.setdefault(row.observation_id, []).append(_judged(row, rule, finding))
    order = list(Outcome)
    return [
        Seen(
            each,
            session.get_one(Person, (each.county, each.person_id)),
            sorted(
                by_observation.get(each.id, []),
                key=lambda one: (order.index(one.judgement.outcome), one.rule.code),
            ),
        )
        for each in observations
    ]


def limit_lines(rule: Rule) -> list[Message]:
    """All that a rule demands, in words."""
    return [line for case in rule.limit.cases for line in describe(rule.subject, case)]


def limit_for(rule: Rule, facts: dict[str, Any]) -> list[Message]:
    """What a rule demands in the case of these facts; all of it where they don't tell the case."""
    case = next((each for each in rule.limit.cases if _fits(each, facts)), None)
    return describe(rule.subject, case) if case else limit_lines(rule)


def _fits(case: Case, facts: dict[str, Any]) -> bool:
    return all(facts.get(name) in values for name, values in case.when.items())


def _judged(row: Judgement, rule: Rule, finding: Finding | None) -> Judged:
    # The same facts and the same version give the same verdict: its words need no keeping
    verdict = judge(rule.limit, row.facts)
    return Judged(
        row, rule, reasons(rule.subject, verdict, row.facts), verdict.lacking, bool(verdict.unset), finding
    )


def _observations(
    session: Session, person: Person, check: Check, *, withdrawn: bool = False
) -> Sequence[Observation]:
    query = visible(person, Observation).where(Observation.check_id == check.id)
    if not withdrawn:
        query = query.where(Observation.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Observation.id)).all()


def _judgements(session: Session, person: Person, check: Check) -> Sequence[Judgement]:
    return session.scalars(visible(person, Judgement).where(Judgement.check_id == check.id)).all()


def _new(check: Check, observation: Observation, rule: Rule) -> Judgement:
    return Judgement(
        county=check.county,
        check_id=check.id,
        observation_id=observation.id,
        rule_code=rule.code,
        day=observation.day,
    )


def _propose(
    session: Session, check: Check, observation: Observation, rule: Rule, facts: dict[str, Any], verdict: Verdict
) -> UUID:
    said = "；".join(map(str, reasons(rule.subject, verdict, facts)))
    about = f"（{observation.about}）" if observation.about else ""
    text = f"{rule.title}{about}：{said}"[:LONGEST_TEXT]
    problem = Problem(rule.item_code, text, rule.severity)
    (finding,) = propose(session, check, [problem], check.device_finished_at)
    session.flush()
    return finding.id


def rules_behind(session: Session, person: Person, findings: Sequence[Finding]) -> dict[UUID, Rule]:
    """By the id of a finding, the version of the rule that proposed it."""
    query = (
        select(Judgement.finding_id, Rule)
        .join(
            Rule,
            (Rule.region == Judgement.rule_region)
            & (Rule.code == Judgement.rule_code)
            & (Rule.version == Judgement.rule_version),
        )
        .where(Judgement.county == person.county, Judgement.finding_id.in_([each.id for each in findings]))
    )
    return {finding_id: rule for finding_id, rule in session.execute(query) if finding_id}
