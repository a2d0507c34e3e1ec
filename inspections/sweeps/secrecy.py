"""Who knows where a sweep goes, what each phone holds, and what command should do about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Message, say
from ..registry.departments import Department
from ..registry.people import Person
from .knowing import Knowing, known_sweep, list_knowing, may_be_told
from .openings import OPENED, Deed, SweepOpening, openings_of
from .packets import SweepPacket, live_packet
from .packing import is_outdated, renew, teams_of
from .plans import plan_of
from .readiness import why_not
from .sweeps import Sweep, SweepState
from .teams import SweepTeam, SweepTeamMember

SOON = timedelta(hours=2)
MOST_LINES = 60


Told = tuple[SweepOpening, SweepPacket]


class Phone(NamedTuple):
    """What the phone of somebody on a team holds. `kind`: ok, due, problem or unknown. `todo` is for command."""

    person: Person
    department: str | None
    is_leader: bool
    kind: str
    words: Message
    at: datetime | None
    todo: Message | None


class TeamPacket(NamedTuple):
    team: SweepTeam
    packet: SweepPacket | None
    phones: list[Phone]

    @property
    def ready(self) -> int:
        return sum(phone.kind == "ok" for phone in self.phones)


class LogLine(NamedTuple):
    opening: SweepOpening
    packet: SweepPacket
    person: str
    team: str


class Secrecy(NamedTuple):
    """`wanting` is what hinders the sealing, while it is being planned; `log` the openings, the latest first."""

    sweep: Sweep
    wanting: list[Message]
    teams: list[TeamPacket]
    knowing: list[Knowing]
    others: list[Person]
    log: list[LogLine]

    @property
    def phones(self) -> int:
        return sum(len(each.phones) for each in self.teams)

    @property
    def ready(self) -> int:
        return sum(each.ready for each in self.teams)


def read_secrecy(
    session: Session, person: Person, keys: Sequence[bytes], sweep_id: UUID, now: datetime
) -> Secrecy:
    """For who is on the need-to-know list; NotFound for everybody else."""
    sweep = known_sweep(session, person, sweep_id)
    if sweep.state is SweepState.SEALED and is_outdated(session, sweep):
        renew(session, keys, sweep, now)
    is_planning = sweep.state is SweepState.PLANNING
    openings = openings_of(session, sweep)
    teams = teams_of(session, sweep)
    return Secrecy(
        sweep,
        why_not(session, sweep, plan_of(session, keys, sweep), now) if is_planning else [],
        [_team(session, sweep, team, openings, now) for team in teams],
        list_knowing(session, sweep),
        may_be_told(session, person, sweep),
        _log(session, openings, teams),
    )


def _team(
    session: Session,
    sweep: Sweep,
    team: SweepTeam,
    openings: Sequence[Told],
    now: datetime,
) -> TeamPacket:
    packet = live_packet(session, team)
    query = (
        select(Person, Department.name, SweepTeamMember.is_leader)
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == Person.county) & (SweepTeamMember.person_id == Person.id),
        )
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == team.county, SweepTeamMember.team_id == team.id, SweepTeamMember.left_at.is_(None))
        .order_by(SweepTeamMember.is_leader.desc(), Person.name, Person.id)
    )
    of_team = [each for each in openings if each[1].team_id == team.id]
    phones = []
    for member, department, is_leader in session.execute(query):
        told = [each for each in of_team if each[0].person_id == member.id]
        standing = _standing(sweep, packet, member, told, now)
        phones.append(Phone(member, department, is_leader, *standing))
    return TeamPacket(team, packet, phones)


Standing = tuple[str, Message, datetime | None, Message | None]


def _standing(
    sweep: Sweep,
    packet: SweepPacket | None,
    member: Person,
    told: Sequence[Told],
    now: datetime,
) -> Standing:
    if packet is None:
        return "unknown", say("还没有密封包"), None, None
    if member.account_id is None:
        return "unknown", say("没有账号"), None, say("没有登录账号，打不开手机页：由同组有账号的人带队")
    own = {opening.deed: opening for opening, of in told if of.id == packet.id}
    opened = next((own[deed] for deed in OPENED if deed in own), None)
    if opened:
        return "ok", opened.deed.label, opened.at, None
    if Deed.TAMPERED in own:
        todo = say("先电话核实手机在谁手里，再“换发密封包”")
        return "problem", Deed.TAMPERED.label, own[Deed.TAMPERED].at, todo
    if sweep.state is SweepState.RUNNING:
        return _late(own, bool(told))
    return _waiting(sweep, own, told, now)


def _late(own: dict[Deed, SweepOpening], had_any: bool) -> Standing:
    """The start is over and the packet is not known to be open."""
    if Deed.WRONG_CODE in own:
        todo = say("口令没输对：再念一遍，核对是不是这一组的口令")
        return "problem", Deed.WRONG_CODE.label, own[Deed.WRONG_CODE].at, todo
    if Deed.KEY_GIVEN in own:
        return "due", Deed.KEY_GIVEN.label, own[Deed.KEY_GIVEN].at, say("密钥已下发，还没有报告打开：打电话问一声")
    if Deed.FETCHED in own:
        todo = say("多半没有信号：打电话念口令；他打开后联网才会显示")
        return "problem", say("启动后没有打开"), own[Deed.FETCHED].at, todo
    todo = say("手机上没有密封包，口令也用不了：电话告诉组长，由同组的手机带路，或到有信号的地方打开")
    return "problem", say("旧版密封包") if had_any else say("一直没有取包"), None, todo


def _waiting(
    sweep: Sweep,
    own: dict[Deed, SweepOpening],
    told: Sequence[Told],
    now: datetime,
) -> Standing:
    if Deed.FETCHED in own:
        return "ok", Deed.FETCHED.label, own[Deed.FETCHED].at, None
    kind = "problem" if sweep.starts_at - now < SOON else "due"
    fetched = [(opening, of) for opening, of in told if opening.deed is Deed.FETCHED]
    if fetched:
        opening, of = fetched[-1]
        words = say("手机上是第 {n} 版", n=of.revision)
        return kind, words, opening.at, say("请他到有信号的地方打开“联合行动”，会自动换成新版")
    return kind, say("还没有取包"), None, say("请他在有信号的地方打开手机页“联合行动”")


def _log(session: Session, openings: Sequence[Told], teams: list[SweepTeam]) -> list[LogLine]:
    latest = openings[: -MOST_LINES - 1 : -1]
    ids = {opening.person_id for opening, _ in latest}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    names = {row[0]: row[1] for row in rows}
    of_team = {team.id: team.name for team in teams}
    return [
        LogLine(opening, packet, names.get(opening.person_id, ""), of_team.get(packet.team_id, ""))
        for opening, packet in latest
    ]
