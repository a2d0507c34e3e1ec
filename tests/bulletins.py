"""A county's quarter with two townships, as bulletins and scores are made of it."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from inspections.casework.closing import close
from inspections.casework.findings import Finding, FindingState
from inspections.field.checks import Check, Verdict
from inspections.intake.tips import TipState
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.reporting.bulletins.bulletins import Bulletin, BulletinKind
from inspections.reporting.bulletins.drafting import begin
from inspections.reporting.bulletins.signing import seal_of, sign
from tests.casefile import make_answer, make_area, make_check, make_finding, make_recheck, make_tip
from tests.factories import make_person, make_site

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in China
TODAY = date(2026, 11, 23)
Q3 = "2026-08-15"
TELEPHONE = "13807931234"


class Quarter:
    """The third quarter of 2026: 城关镇 is at work, 石桥镇 has nearly nothing. One check is of May."""

    def __init__(self, session: Session, **people: Any):
        self.session = session
        self.dispatcher = make_person(session, Role.DISPATCHER, name="李调度", login=people.get("dispatcher"))
        self.director = make_person(session, Role.DIRECTOR, name="周组长", login=people.get("director"))
        self.inspector = make_person(session, Role.INSPECTOR, name="张敏", certificate="赣E001")
        self.towns = [
            make_area(session, name, AreaLevel.TOWNSHIP, (117.9 + n / 10, 28.4, 118.0 + n / 10, 28.5))
            for n, name in enumerate(("城关镇", "石桥镇"))
        ]
        school = {"kind": SiteKind.SCHOOL, "category": SiteCategory.PRIMARY, "state": SiteState.LICENSED}
        training = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.SUBJECT, "state": SiteState.LICENSED}
        self.schools = [self.site(f"实验{n}小", **school) for n in ("一", "二", "三")]
        self.centres = [self.site(f"启明星培训{n}部", person_in_charge="刘小红", **training) for n in ("一", "二")]
        early = datetime(2026, 5, 11, 2, tzinfo=UTC)
        self.check(self.schools[0], early)
        day = datetime(2026, 8, 11, 2, tzinfo=UTC)
        self.checks = [self.check(site, day) for site in (*self.schools, *self.centres)]
        for check, verdict in zip(
            self.checks, (Verdict.COMPLIANT, Verdict.COMPLIANT, Verdict.NOT_COMPLIANT), strict=False
        ):
            make_answer(session, check, "zd-09", verdict, "没有方案" if verdict is Verdict.NOT_COMPLIANT else "")
        self.findings = [
            self.find(self.checks[3], "20:30 以后仍在授课"),
            self.find(self.checks[4], "未公示收费标准"),
        ]
        second = make_person(session, Role.INSPECTOR, name="何静", certificate="赣E002")
        officers = [self.inspector, second]
        make_recheck(session, self.findings[0], officers, device_finished_at=day.replace(month=9))
        close(session, self.dispatcher, self.findings[0].id, day.replace(month=9, day=12))
        make_tip(session, self.centres[0], township_id=self.towns[0].id, received_at=day, state=TipState.CONFIRMED)
        make_tip(session, self.centres[1], township_id=self.towns[0].id, received_at=day, state=TipState.ASSIGNED)
        session.flush()

    def site(self, name: str, town: int = 0, **values: Any) -> Site:
        defaults = {"township_id": self.towns[town].id, "created_at": datetime(2026, 1, 5, tzinfo=UTC)}
        return make_site(self.session, name=name, **(defaults | values))

    def check(self, site: Site, at: datetime) -> Check:
        return make_check(self.session, site, self.inspector, device_finished_at=at)

    def find(self, check: Check, text: str, **values: Any) -> Finding:
        site = self.session.get_one(Site, (check.county, check.site_id))
        at = check.device_finished_at
        return make_finding(
            self.session,
            site,
            check,
            text=text,
            state=FindingState.CONFIRMED,
            found_at=at,
            confirmed_at=at,
            confirmed_by_id=self.dispatcher.id,
            due_on=date(2026, 9, 20),
            **values,
        )

    def draft(self, kind: BulletinKind = BulletinKind.QUARTERLY, day: str = Q3) -> Bulletin:
        return begin(self.session, self.dispatcher, kind, day, NOW, "东湖县")

    def signed(self, kind: BulletinKind = BulletinKind.QUARTERLY, day: str = Q3) -> Bulletin:
        bulletin = self.draft(kind, day)
        return sign(self.session, self.director, bulletin.id, seal_of(self.session, bulletin), NOW)
