"""Drafts of a county's checklists: begun, written, given up and fetched back."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..errors import Conflict, Forbidden, Invalid, NotFound, say
from ..events import record
from ..registry.departments import DepartmentKind
from ..registry.people import Person
from .checklist_content import Content, ItemContent, faults
from .checklists import Checklist, ChecklistItem, ListState, county_of

SHORT_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")


class Overtaken(Invalid):
    """Somebody else saved the draft since it was opened. What was typed is still with who typed it."""

    message = say("您打开后，别人改过这份草稿。下面仍是您填的内容，没有保存；再按一次保存就以您的为准")


def versions_of(session: Session, person: Person, code: str, *, lock: bool = False) -> Sequence[Checklist]:
    """All versions, the newest first; with `lock` nobody else writes any of them until the transaction ends.

    Raises NotFound for a code that the person's county has none of.
    """
    if county_of(code) not in (None, person.county):
        raise NotFound
    if lock:  # what another made while we waited for this is only seen by a statement that begins afterwards
        session.execute(select(Checklist.version).where(Checklist.code == code).with_for_update())
    query = select(Checklist).where(Checklist.code == code).order_by(Checklist.version.desc())
    found = session.scalars(query, execution_options={"populate_existing": lock}).all()
    if not found:
        raise NotFound
    return found


def draft_of(session: Session, person: Person, code: str, *, lock: bool = False) -> Checklist:
    """The draft of a list. Raises NotFound."""
    found = next((each for each in versions_of(session, person, code, lock=lock) if _is_draft(each)), None)
    if found is None:
        raise NotFound(say("这份清单没有草稿；可能已经发布，或别人放弃了它"))
    return found


def begin_list(session: Session, person: Person, short_code: str, content: Content, now: datetime) -> Checklist:
    """A new list of the person's county, as a draft. Raises Invalid by field."""
    require(person, "checklist.edit")
    code = _free_code(session, person, short_code)
    _refuse(content)
    draft = Checklist(county=person.county, code=code, version=1, state=ListState.DRAFT, title=content.title)
    session.add(draft)
    _fill(session, draft, content, now)
    record(session, person, "create", draft, code=code, version=1, items=len(content.items))
    return draft


def copy_list(
    session: Session, person: Person, code: str, version: int, short_code: str, title: str, now: datetime
) -> Checklist:
    """A new list of the county that starts as some version of another, such as a national one."""
    source = next((each for each in versions_of(session, person, code) if each.version == version), None)
    if source is None:
        raise NotFound
    given = asdict(Content.of(source)) | {"title": title}
    draft = begin_list(session, person, short_code, Content.read(given, given["items"]), now)
    record(session, person, "copy", draft, code=draft.code, version=1, copied=f"{code}/{version}")
    return draft


def revise(session: Session, person: Person, code: str, now: datetime) -> Checklist:
    """The draft of the next version, with the words of the last; the one that is there, if there is one."""
    require(person, "checklist.edit")
    if county_of(code) is None:
        raise Forbidden(say("全国通用的清单不能改；可以以它为底稿新建本县的清单"))
    versions = versions_of(session, person, code, lock=True)
    if draft := next(filter(_is_draft, versions), None):
        return draft
    settled = next((each for each in versions if each.is_settled), versions[0])
    draft = _given_up(versions)
    if draft is None:
        draft = Checklist(county=person.county, code=code, version=versions[0].version + 1, title=settled.title)
        session.add(draft)
    content = Content.of(settled)
    draft.state = ListState.DRAFT
    _fill(session, draft, content, now)
    record(session, person, "revise", draft, code=code, version=draft.version)
    return draft


def save_draft(
    session: Session, person: Person, code: str, content: Content, *, seen: str | None, now: datetime
) -> Checklist:
    """Write the draft anew. `seen` is its `edited_at` when it was opened, None to write over whatever is there.

    Raises Invalid by field, and `Overtaken`.
    """
    require(person, "checklist.edit")
    draft = draft_of(session, person, code, lock=True)
    _refuse(content)
    if seen is not None and seen != mark_of(draft):
        raise Overtaken
    if content != Content.of(draft):
        _fill(session, draft, content, now)
        record(session, person, "edit", draft, code=code, version=draft.version, items=len(content.items))
    return draft


def import_items(
    session: Session, person: Person, code: str, items: Sequence[ItemContent], now: datetime
) -> Checklist:
    """The next draft of a list with these items in place of its own. Raises Invalid by field, and where somebody's
    draft is there already, which would be lost.
    """
    versions = versions_of(session, person, code, lock=True)
    if any(map(_is_draft, versions)):
        raise Invalid({"into": say("这份清单有一份没发布的草稿，导入会盖掉它；请先发布或放弃那份草稿")})
    draft = revise(session, person, code, now)
    save_draft(session, person, code, Content.of(draft).with_items(items), seen=None, now=now)
    record(session, person, "import", draft, code=code, version=draft.version, items=len(items))
    return draft


def mark_of(draft: Checklist) -> str:
    """What tells whether a draft is still as it was."""
    return draft.edited_at.isoformat()


def give_up(session: Session, person: Person, code: str, now: datetime) -> Checklist:
    """The draft is put away; `fetch_back` brings it again until the next one is begun."""
    require(person, "checklist.edit")
    draft = draft_of(session, person, code, lock=True)
    draft.state, draft.edited_at = ListState.WITHDRAWN, now
    session.flush()
    record(session, person, "give_up", draft, code=code, version=draft.version)
    return draft


def fetch_back(session: Session, person: Person, code: str, now: datetime) -> Checklist:
    """The draft that was given up last, as it was. Raises Conflict where another has been begun since."""
    require(person, "checklist.edit")
    versions = versions_of(session, person, code, lock=True)
    found = _given_up(versions)
    if found is None or any(map(_is_draft, versions)):
        raise Conflict(say("已经有了新的草稿，放弃的那份不能再取回"))
    found.state, found.edited_at = ListState.DRAFT, now
    session.flush()
    record(session, person, "fetch_back", found, code=code, version=found.version)
    return found


def _is_draft(checklist: Checklist) -> bool:
    return checklist.state is ListState.DRAFT


def _given_up(versions: Sequence[Checklist]) -> Checklist | None:
    newest = versions[0]
    return newest if newest.state is ListState.WITHDRAWN and newest.valid_from is None else None


def _free_code(session: Session, person: Person, short_code: str) -> str:
    if not SHORT_CODE.fullmatch(short_code):
        raise Invalid({"code": say("编号用 2 到 20 个小写字母、数字或连字符，以字母开头，例如 xiaofang")})
    code = f"{person.county}-{short_code}"
    if session.scalar(select(Checklist.code).where(Checklist.code == code).limit(1)):
        raise Invalid({"code": say("本县已有编号为“{code}”的清单，请另取一个", code=short_code)})
    return code


def _refuse(content: Content) -> None:
    if found := faults(content):
        raise Invalid(found)


def _fill(session: Session, draft: Checklist, content: Content, now: datetime) -> None:
    draft.title, draft.title_en, draft.source = content.title, content.title_en, content.source
    draft.site_kinds, draft.check_kinds = list(content.site_kinds), list(content.check_kinds)
    draft.edited_at = now
    draft.items.clear()
    session.flush()  # an item may come back under its code, in another place
    draft.items = [_row(draft, place, item) for place, item in enumerate(content.items, 1)]
    session.flush()


def _row(draft: Checklist, place: int, item: ItemContent) -> ChecklistItem:
    department = next((kind for kind in DepartmentKind if kind == item.department), None)
    of_columns = {"kinds": list(item.kinds), "department": department}
    return ChecklistItem(county=draft.county, position=place, **(asdict(item) | of_columns))
