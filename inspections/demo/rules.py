"""A rule of the demo county's own, tried out and ordered for next week."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from ..registry.people import Person
from ..rules.adding import add, tried
from ..rules.demands import VALUE, demand_of
from ..rules.subjects import Subject
from . import names


def write_rules(session: Session, dispatcher: Person, today: date) -> None:
    """As the owner of the database, in the county's scope, by the desk's own commands."""
    demand = demand_of(Subject.AFTER_SCHOOL, "ends_at.not_after")
    issued = today - timedelta(days=9)
    form = {
        VALUE: "18:30",
        "title": "课后服务最晚结束时间",
        "severity": "1",
        "document": f"《{names.COUNTY_PLAIN}中小学课后服务管理细则》（演示数据）",
        "number": f"青教体〔{issued.year}〕31号",
        "issued_on": issued.isoformat(),
        "clause": "第五条",
        "quote": "课后服务结束时间一般不晚于18:30，确有需要的由学校报教体局备案。",
        "valid_from": (today + timedelta(days=7)).isoformat(),
    }
    add(session, dispatcher, demand, form | {"tried": tried(demand, form)})
