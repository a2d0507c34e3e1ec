"""Beginning a bulletin, editing its sections, taking the figures anew, and choosing its cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...casework.closures import standing_closure
from ...casework.findings import Finding, FindingState
from ...casework.orders import Order, OrderItem
from ...days import day_of
from ...errors import Conflict, Invalid, say
from ...registry.people import Person
from ...registry.sites import Site
from .bulletins import Bulletin, BulletinCase, BulletinKind, BulletinSection, cases_of, sections_of
from .counting import count_for
from .due import Period, find_of, period_of, read_period
from .words import draft_words

LONGEST_TEXT, LONGEST_TITLE, LONGEST_CASE = 20_000, 100, 1000
MOST_CASES, MOST_CANDIDATES = 10, 20
HOLD = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
TITLES = {
    BulletinKind.DAILY: "{county}“双减”工作日报告（{period}）",
    BulletinKind.HALF_MONTH: "关于{period}“双减”工作进展情况的通报",
    BulletinKind.QUARTERLY: "关于{period}“双减”工作情况的通报",
}


class SectionConflict(Conflict):
    """Someone else saved the section meanwhile. Nothing was written: both texts are at hand."""

    def __init__(self, section: BulletinSection, who: str, given: str):
        super().__init__(say("{who}刚保存过这一节；您的文字还没有保存，请对照后决定用哪一份", who=who))
        self.section, self.given, self.who = section, given, who


def begin(
    session: Session, person: Person, kind: BulletinKind, day: str, now: datetime, county_name: str
) -> Bulletin:
    """Draft the bulletin of the period of a day. Raises Invalid for a future one, Conflict for a second."""
    require(person, "bulletin.edit")
    period = read_period(kind, day, day_of(now))
    session.execute(HOLD, {"name": f"bulletin {person.county} {kind.value} {period.first}"})
    if find_of(session, person, period):
        raise Conflict(say("{period}的{kind}已经有一份，请打开那一份", period=period.label, kind=kind.label))
    figures = count_for(session, person.county, period, now)
    bulletin = Bulletin(
        county=person.county,
        kind=kind,
        first_day=period.first,
        last_day=period.last,
        title=TITLES[kind].format(county=county_name, period=period.in_chinese),
        as_of=datetime.fromisoformat(figures["as_of"]),
        figures=figures,
        drafted_by_id=person.id,
        drafted_at=now,
    )
    session.add(bulletin)
    session.flush()
    for position, each in enumerate(draft_words(period, figures)):
        session.add(_section(bulletin, position, *each))
    session.flush()
    events.record(session, person, "draft", bulletin, kind=kind.value, first=period.first.isoformat())
    return bulletin


def _section(bulletin: Bulletin, position: int, key: str, title: str, text: str) -> BulletinSection:
    return BulletinSection(
        county=bulletin.county,
        bulletin_id=bulletin.id,
        key=key,
        position=position,
        title=title,
        drafted=text,
        text=text,
    )


def recount(session: Session, person: Person, bulletin_id: UUID, now: datetime) -> Bulletin:
    """Take the figures as they stand now. Words that nobody edited follow; the others stay, and are marked."""
    bulletin = draft_of(session, person, bulletin_id)
    period = period_of(bulletin)
    figures = count_for(session, bulletin.county, period, now)
    bulletin.figures, bulletin.as_of = figures, datetime.fromisoformat(figures["as_of"])
    drafted = {each.key: each for each in draft_words(period, figures)}
    for section in sections_of(session, bulletin):
        session.refresh(section, with_for_update=True)
        _follow(section, drafted[section.key].text)
    session.flush()
    events.record(session, person, "recount", bulletin, as_of=figures["as_of"])
    return bulletin


def _follow(section: BulletinSection, drafted: str) -> None:
    if section.drafted == drafted:
        return
    if section.is_edited:
        section.refreshed = True
    else:
        section.text = drafted
    section.drafted = drafted
    section.revision += 1


def edit_section(
    session: Session, person: Person, bulletin_id: UUID, key: str, text: str, revision: int, now: datetime
) -> BulletinSection:
    """Keep a section's text if its revision is still the one that was edited. Raises SectionConflict if not."""
    section = _locked(session, person, bulletin_id, key)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid({key: say("这一节有 {n} 字，最多 {most} 字", n=len(text), most=LONGEST_TEXT)})
    if section.text == text:
        return section
    if section.revision != revision:
        raise SectionConflict(section, _name(session, section), text)
    return _write(session, person, section, text, now)


def take_drafted(session: Session, person: Person, bulletin_id: UUID, key: str, now: datetime) -> BulletinSection:
    """The words of the draft again; those of the person stay in the history."""
    section = _locked(session, person, bulletin_id, key)
    return _write(session, person, section, section.drafted, now)


def _write(
    session: Session, person: Person, section: BulletinSection, text: str, now: datetime
) -> BulletinSection:
    was, section.text = section.text, text
    section.revision, section.refreshed = section.revision + 1, False
    section.edited_by_id, section.edited_at = person.id, now
    session.flush()
    events.record(session, person, "edit", section, key=section.key, was=was, revision=section.revision)
    return section


def _locked(session: Session, person: Person, bulletin_id: UUID, key: str) -> BulletinSection:
    bulletin = draft_of(session, person, bulletin_id, lock=False)
    query = select(BulletinSection).where(
        BulletinSection.county == bulletin.county,
        BulletinSection.bulletin_id == bulletin.id,
        BulletinSection.key == key,
    )
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Invalid(message=say("没有这一节，请刷新页面"))
    return found


def _name(session: Session, section: BulletinSection) -> str:
    editor = session.get(Person, (section.county, section.edited_by_id)) if section.edited_by_id else None
    return editor.name if editor else "系统重新取数"


def rename(session: Session, person: Person, bulletin_id: UUID, title: str) -> Bulletin:
    bulletin = draft_of(session, person, bulletin_id)
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid({"title": say("请填写标题，最多 {n} 字", n=LONGEST_TITLE)})
    bulletin.title = title
    session.flush()
    events.record(session, person, "rename", bulletin, title=title)
    return bulletin


def draft_of(session: Session, person: Person, bulletin_id: UUID, *, lock: bool = True) -> Bulletin:
    """A draft that the person may edit. Raises Conflict once it is signed.

    It is locked; with `lock=False` only against being signed, so that two may edit two sections at once.
    """
    require(person, "bulletin.edit")
    bulletin = get(session, person, Bulletin, bulletin_id)
    session.refresh(bulletin, with_for_update=True if lock else {"read": True})
    if not bulletin.is_draft:
        raise Conflict(say("{number} 已经签发，文字不再改动", number=bulletin.number_text or "—"))
    return bulletin


def discard(session: Session, person: Person, bulletin_id: UUID) -> Period:
    """Remove a draft; the period can be begun anew."""
    bulletin = draft_of(session, person, bulletin_id)
    period = period_of(bulletin)
    events.record(session, person, "discard", bulletin, kind=bulletin.kind.value, first=period.first.isoformat())
    session.delete(bulletin)
    session.flush()
    return period


def choose_case(session: Session, person: Person, bulletin_id: UUID, form: Mapping[str, Any]) -> BulletinCase:
    """Name a problem that was struck off or that an order names. Raises Invalid for any other."""
    bulletin = draft_of(session, person, bulletin_id)
    finding = _finding(session, person, str(form.get("finding_id", "")))
    chosen = cases_of(session, bulletin)
    if any(each.finding_id == finding.id for each in chosen):
        raise Conflict(say("这个问题已经是典型案例"))
    if len(chosen) >= MOST_CASES:
        raise Invalid({"finding_id": say("一份通报最多 {n} 个典型案例", n=MOST_CASES)})
    text = str(form.get("text", "")).strip() or case_words(session, finding)
    case = BulletinCase(
        county=bulletin.county,
        bulletin_id=bulletin.id,
        finding_id=finding.id,
        position=max((each.position for each in chosen), default=0) + 1,
        text=_case_text(text),
        is_named=bool(form.get("is_named")),
        chosen_by_id=person.id,
    )
    session.add(case)
    session.flush()
    events.record(session, person, "choose_case", bulletin, finding_id=str(finding.id))
    return case


def edit_case(session: Session, person: Person, bulletin_id: UUID, case_id: UUID, form: Mapping[str, Any]) -> None:
    bulletin = draft_of(session, person, bulletin_id)
    case = _case(session, bulletin, case_id)
    was, case.text = case.text, _case_text(str(form.get("text", "")))
    case.is_named = bool(form.get("is_named"))
    session.flush()
    events.record(session, person, "edit_case", bulletin, finding_id=str(case.finding_id), was=was)


def drop_case(session: Session, person: Person, bulletin_id: UUID, case_id: UUID) -> None:
    bulletin = draft_of(session, person, bulletin_id)
    case = _case(session, bulletin, case_id)
    events.record(session, person, "drop_case", bulletin, finding_id=str(case.finding_id), was=case.text)
    session.delete(case)
    session.flush()


def _case(session: Session, bulletin: Bulletin, case_id: UUID) -> BulletinCase:
    found = next((each for each in cases_of(session, bulletin) if each.id == case_id), None)
    if found is None:
        raise Conflict(say("这个典型案例已被移除，请刷新页面"))
    return found


def _case_text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_CASE:
        raise Invalid({"case": say("请写明案情和处理，最多 {n} 字", n=LONGEST_CASE)})
    return text


def _finding(session: Session, person: Person, text: str) -> Finding:
    try:
        finding = get(session, person, Finding, UUID(text))
    except ValueError:
        raise Invalid({"finding_id": say("请选择一个问题")}) from None
    if not may_be_case(session, finding):
        raise Invalid({"finding_id": say("只有已销号或已开具文书的问题可以作典型案例")})
    return finding


def may_be_case(session: Session, finding: Finding) -> bool:
    return finding.state is FindingState.STRUCK_OFF or _order_of(session, finding) is not None


def _order_of(session: Session, finding: Finding) -> Order | None:
    query = (
        select(Order)
        .join(OrderItem, (OrderItem.county == Order.county) & (OrderItem.order_id == Order.id))
        .where(Order.county == finding.county, OrderItem.finding_id == finding.id, Order.issued_at.is_not(None))
        .where(Order.withdrawn_at.is_(None))
        .order_by(Order.issued_at.desc())
    )
    return session.scalars(query.limit(1)).first()


def case_words(session: Session, finding: Finding) -> str:
    """What is known of a case, in words that name neither site nor person."""
    order, closure = _order_of(session, finding), standing_closure(session, finding)
    found = day_of(finding.found_at)
    text = f"{found.year}年{found.month}月{found.day}日检查发现：{finding.text.rstrip('。')}。"
    if order and order.issued_at:
        day = day_of(order.issued_at)
        text += f"{day.month}月{day.day}日印发{order.kind.label.template}（{order.number_text}），责令限期整改。"
    if closure:
        day = day_of(closure.closed_at)
        text += f"{day.month}月{day.day}日经复查核实整改到位，予以销号。"
    return text[:LONGEST_CASE]


class Candidate(NamedTuple):
    """A problem that may be named, with its site."""

    finding: Finding
    site: Site


def candidates(session: Session, person: Person, bulletin: Bulletin, words: str = "") -> list[Candidate]:
    """Problems struck off or with an order whose matter fell into the period, the newest first."""
    period = period_of(bulletin)
    named = select(OrderItem.finding_id).join(
        Order, (OrderItem.county == Order.county) & (OrderItem.order_id == Order.id)
    )
    named = named.where(Order.county == person.county, Order.issued_at.is_not(None), Order.withdrawn_at.is_(None))
    taken = select(BulletinCase.finding_id).where(
        BulletinCase.county == bulletin.county, BulletinCase.bulletin_id == bulletin.id
    )
    query = (
        select(Finding, Site)
        .join(Site, (Site.county == Finding.county) & (Site.id == Finding.site_id))
        .where(
            Finding.county == person.county,
            (Finding.state == FindingState.STRUCK_OFF) | Finding.id.in_(named),
            func.date(func.timezone("Asia/Shanghai", Finding.found_at)) <= period.last,
            Finding.id.not_in(taken),
        )
        .order_by(Finding.severity.desc(), Finding.found_at.desc(), Finding.id)
    )
    if words.strip():
        like = f"%{words.strip()[:100].replace('%', '').replace('_', '')}%"
        query = query.where(Finding.text.ilike(like) | Site.name.ilike(like))
    return [Candidate(*row) for row in session.execute(query.limit(MOST_CANDIDATES))]
