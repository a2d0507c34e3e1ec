"""Orders as the desk makes them: a form filled in, drafted, signed and served."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from inspections.casework.closing import close
from inspections.casework.closures import Closure
from inspections.casework.drafting import draft
from inspections.casework.findings import Finding, FindingState
from inspections.casework.issuing import issue
from inspections.casework.orders import Order, OrderKind
from inspections.casework.rechecks import Recheck
from inspections.casework.serving import serve
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.casefile import make_check, make_finding, make_recheck
from tests.factories import make_person, make_site

TODAY = date(2026, 11, 23)  # a Monday
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)  # after a re-check


def order_form(findings: Sequence[Finding], **values: Any) -> dict[str, str]:
    """What the dispatcher types for some findings: fifteen working days for each."""
    form = {
        "addressee": "小太阳托管班",
        "supervised_on": "2026-11-20",
        "organisation": "小太阳托管班",
        "contact": "李调度",
        "telephone": "0793-1234567",
    }
    for finding in findings:
        form |= {
            f"take-{finding.id}": "1",
            f"measures-{finding.id}": "立即停止学科类培训，清退费用",
            f"lead-{finding.id}": "王副局长",
            f"department-{finding.id}": "校外教育培训监管股",
            f"days-{finding.id}": "15",
        }
    return form | values


class Case:
    """A site with confirmed findings of an inspection by two certified officers, and the people of the desk."""

    def __init__(self, session: Session, findings: int = 2, county: str | None = None, **people: Any):
        self.session = session
        more = {"county": county} if county else {}
        self.dispatcher = make_person(
            session, Role.DISPATCHER, name="李调度", login=people.get("dispatcher"), **more
        )
        self.director = make_person(session, Role.DIRECTOR, name="周组长", login=people.get("director"), **more)
        number = self.dispatcher.id.hex[-6:]
        self.officers = [
            make_person(session, Role.INSPECTOR, name=name, certificate=f"赣E{number}{i}", **more)
            for i, name in enumerate(("张敏", "何静"))
        ]
        self.site = make_site(session, **more)
        self.check = make_check(
            session, self.site, self.officers[0], second_person_id=self.officers[1].id, device_id=number
        )
        self.findings = [self.find(text) for text in ("20:30 以后仍在授课", "未公示收费标准")[:findings]]

    def find(self, text: str, site: Site | None = None, **values: Any) -> Finding:
        defaults = {"state": FindingState.CONFIRMED, "text": text, "due_on": date(2026, 12, 31)}
        return make_finding(self.session, site or self.site, self.check, **(defaults | values))

    def form(self, findings: Sequence[Finding] | None = None, **values: Any) -> dict[str, str]:
        signers = {"officer_id": str(self.officers[0].id), "second_officer_id": str(self.officers[1].id)}
        return order_form(self.findings if findings is None else findings, **(signers | values))

    def drafted(self, kind: OrderKind = OrderKind.RECTIFICATION, **values: Any) -> Order:
        return draft(self.session, self.dispatcher, self.site.id, kind, self.form(**values), TODAY)

    def issued(self, kind: OrderKind = OrderKind.RECTIFICATION, **values: Any) -> Order:
        return issue(self.session, self.director, self.drafted(kind, **values).id, AT, TODAY)

    def served(self, kind: OrderKind = OrderKind.RECTIFICATION, **values: Any) -> Order:
        order = self.issued(kind, **values)
        return serve(self.session, self.dispatcher, order.id, self.service(), AT, TODAY)

    def person(self, role: Role, name: str, **values: Any) -> Person:
        return make_person(self.session, role, name=name, county=self.site.county, **values)

    def recheck(self, finding: Finding | None = None, **values: Any) -> Recheck:
        return make_recheck(self.session, finding or self.findings[0], self.officers, **values)

    def struck_off(self, finding: Finding | None = None, now: datetime = LATER, **values: Any) -> Closure:
        """A finding that a re-check has closed."""
        finding = finding or self.findings[0]
        self.recheck(finding, **values)
        return close(self.session, self.dispatcher, finding.id, now)

    def service(self, **values: Any) -> dict[str, str]:
        form = {"method": "in_person", "served_on": TODAY.isoformat(), "server_id": str(self.officers[0].id)}
        return form | {"received_by": "刘负责人"} | values
