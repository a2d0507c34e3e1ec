"""A county's own mixes are edited by the office."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import require
from ..db import new_id
from ..errors import Conflict, Invalid, Message, say
from ..registry.departments import DepartmentKind
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .mixes import LEAST_CERTIFIED, SweepMix, stamp

CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")
MOST = 9
LONGEST_NAME, LONGEST_BASIS = 30, 300


def save_mix(session: Session, person: Person, form: Mapping[str, Any]) -> SweepMix:
    """Keep a county's mix of a `code` (`name`, `certified`, `basis`, `is_used`, and `department_<kind>` counts).

    Raises Invalid by field, and Conflict where somebody else changed it since the form was opened (`edited`).
    """
    require(person, "sweep.plan")
    values = _read(form)
    code = str(form.get("code", "")).strip()
    if not CODE.fullmatch(code):
        raise Invalid({"code": say("代码用小写字母、数字和下划线，以字母开头，2 至 31 位")})
    query = select(SweepMix).where(SweepMix.county == person.county, SweepMix.code == code)
    row = session.scalars(query.with_for_update()).one_or_none()
    if (stamp(row) if row else "") != str(form.get("edited", "")):
        raise Conflict(say("别人刚改过这一项，请重新打开后再改"))
    if row is None:
        row = SweepMix(county=person.county, id=new_id(), code=code)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.edited_by_id = person.id
    session.flush()
    session.refresh(row)
    events.record(session, person, "save", row, code=code, certified=row.certified, **row.departments)
    return row


def _read(form: Mapping[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Message] = {}
    values: dict[str, Any] = {"is_used": bool(form.get("is_used"))}
    for name, longest in (("name", LONGEST_NAME), ("basis", LONGEST_BASIS)):
        try:
            values[name] = plain_text(str(form.get(name, "")), longest)
        except Invalid as error:
            wrong[name] = error.message
    if values.get("name") == "":
        wrong["name"] = say("请填写名称")
    values["certified"] = _count(form, "certified", wrong)
    counts = {kind: _count(form, f"department_{kind}", wrong) for kind in DepartmentKind}
    values["departments"] = {kind.value: count for kind, count in counts.items() if count}
    if "certified" not in wrong and values["certified"] < LEAST_CERTIFIED:
        wrong["certified"] = say("持证执法人员不得少于两人（行政处罚法第四十二条）")
    if wrong:
        raise Invalid(wrong)
    return values


def _count(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> int:
    given = str(form.get(name, "") or "0").strip()
    if not (given.isascii() and given.isdigit() and int(given) <= MOST):
        wrong[name] = say("请填 0 至 {most} 的整数", most=MOST)
        return 0
    return int(given)
