"""Maps of the night of a sweep: how each stop ended, and the whole of it played again from the journal."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from geo.maps import InlineAssets
from geo.maps.sweep import Step, StopMark, SweepView, sweep_map
from geo.times import local

from ..errors import say
from ..registry.ground import roads, townships
from .journal import Entry, SweepEntry
from .maps import ADDRESS, Translate, Words, labels_of, team_mark
from .report import CALLS, Report
from .reported_stops import StopLine
from .standing import OF_TEAMS, ClashKind, next_state
from .stops import StopState

FOUND, ORDERED, ENTERED, LEFT = say("发现问题"), say("已下达"), say("进入"), say("了结")
MARGIN_S = 300


def report_map(
    session: Session, report: Report, words: Words, translate: Translate, vendor: Path, records: str = ""
) -> str:
    """One HTML page that needs no network: every stop in its last state, with what was found."""
    teams = {line.view.team.id: n for n, line in enumerate(report.teams)}
    stops = [_mark(each, teams, each.stop.state.value, translate) for each in _placed(report)]
    return _page(session, report, words, translate, vendor, stops, (), records)


def replay_map(
    session: Session, report: Report, words: Words, translate: Translate, vendor: Path, records: str = ""
) -> str:
    """The same with a clock: each stop begins with the team that it was planned for."""
    teams = {line.view.team.id: n for n, line in enumerate(report.teams)}
    first = _first_teams(report)
    stops = [
        _mark(each, teams, each.stop.state.value, translate, first.get(each.stop.id)) for each in _placed(report)
    ]
    return _page(session, report, words, translate, vendor, stops, steps_of(report, translate), records)


def steps_of(report: Report, translate: Translate) -> list[Step]:
    """The journal as steps, in the order in which things happened by the server's clock."""
    teams = {line.view.team.id: (n, line.view.team.name) for n, line in enumerate(report.teams)}
    stops = {each.stop.id: (n, each.name) for n, each in enumerate(_placed(report))}
    owners: dict[UUID, UUID | None] = dict(_first_teams(report))
    states = dict.fromkeys(stops, StopState.WAITING)
    made = []
    for at, entry in report.placed:
        team, team_name = teams.get(entry.team_id, (-1, "")) if entry.team_id else (-1, "")
        stop, stop_name = stops.get(entry.stop_id, (-1, "")) if entry.stop_id else (-1, "")
        state, owner = "", -1
        if entry.stop_id in states:
            before = states[entry.stop_id]
            after = next_state(before, entry.kind, is_own=entry.team_id == owners.get(entry.stop_id))
            states[entry.stop_id], state = after, after.value if after is not before else ""
            if entry.kind is Entry.REASSIGNED and entry.detail.get("to"):
                owners[entry.stop_id] = UUID(str(entry.detail["to"]))
                owner = teams.get(UUID(str(entry.detail["to"])), (-1, ""))[0]
        made.append(
            Step(
                at_s=_seconds(report, at), clock=f"{local(at):%H:%M}", team=team, stop=stop, state=state,
                owner=owner, words=_words(translate, entry, team_name, stop_name), move=_move(entry),
                is_loud=entry.kind in CALLS,
            )
        )  # fmt: skip
    return made


def _page(
    session: Session,
    report: Report,
    words: Words,
    translate: Translate,
    vendor: Path,
    stops: Sequence[StopMark],
    steps: Sequence[Step],
    records: str,
) -> str:
    sweep = report.sweep
    first, last = (steps[0].at_s, steps[-1].at_s) if steps else (0, 0)
    view = SweepView(
        title=words["title"], subtitle=words["subtitle"],
        teams=[team_mark(line.view, translate) for line in report.teams], stops=stops,
        townships=townships(session, sweep.county), roads=roads(session, sweep.county), steps=steps,
        first_s=first - MARGIN_S, last_s=last + MARGIN_S, records=records, labels=labels_of(words),
    )  # fmt: skip
    return sweep_map(view, InlineAssets(vendor))


def _placed(report: Report) -> list[StopLine]:
    return [each for each in report.stops if each.lon is not None and each.lat is not None]


def _first_teams(report: Report) -> dict[UUID, UUID | None]:
    """The team that each stop began with: the one before its first move, else the one it has."""
    found = {each.stop.id: each.stop.team_id for each in report.stops}
    for _, entry in reversed(report.placed):
        if entry.kind is Entry.REASSIGNED and entry.stop_id in found and "from" in entry.detail:
            given = entry.detail["from"]
            found[entry.stop_id] = UUID(str(given)) if given else None
    return found


def _mark(
    line: StopLine, teams: dict[UUID, int], state: str, translate: Translate, first: UUID | None = None
) -> StopMark:
    stop, team = line.stop, first or line.stop.team_id
    assert line.lon is not None
    assert line.lat is not None
    moments = [(ENTERED, stop.entered_at), (LEFT, stop.settled_at)]
    orders = "、".join(f"{translate(each.kind.label)} {each.number}" for each in line.orders)
    facts = [
        (ADDRESS, line.address),
        *((word, f"{local(at):%H:%M}") for word, at in moments if at),
        (ORDERED, orders),
    ]
    if line.findings:
        facts.append((FOUND, str(len(line.findings))))
    return StopMark(
        name=line.name, lon=line.lon, lat=line.lat, team=teams.get(team, -1) if team else -1,
        position=stop.position, state=state,
        when=f"{local(stop.planned_enters_at):%H:%M}" if stop.planned_enters_at else "",
        link=stop.link or "", facts=[(translate(word), value) for word, value in facts if value],
        notes=[each.text for each in line.findings] + [words for _, words in line.remarks],
        record=str(stop.site_id),
    )  # fmt: skip


def _move(entry: SweepEntry) -> str:
    if entry.stop_id is None or entry.kind not in OF_TEAMS:
        return ""
    return "out" if entry.kind is Entry.SET_OUT else "there"


def _words(translate: Translate, entry: SweepEntry, team: str, stop: str) -> str:
    """What happened, in the reader's language; what somebody typed stays as it is."""
    clash = next((each for each in ClashKind if each == entry.detail.get("clash")), None)
    said = translate(clash.label) if clash else entry.words
    return "　".join(filter(None, (team, translate(entry.kind.label), stop, said)))


def _seconds(report: Report, at: datetime) -> int:
    """Since midnight of the day (in China) on which the sweep was released; a night goes on past 24:00."""
    day = local(report.sweep.released_at or report.sweep.starts_at).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return int((at - day).total_seconds())
