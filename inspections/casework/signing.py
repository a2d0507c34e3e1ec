"""Who signs an order: two certified officers wherever an inspection stands behind it (行政处罚法 art. 42)."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ..errors import Invalid, Message, say
from ..field.checks import Check, Standing
from ..registry.people import Certificate, Person, is_enabled
from .findings import Finding
from .recusals import recused_from

FIELDS = ("officer_id", "second_officer_id")


def comes_from_inspection(session: Session, findings: Iterable[Finding]) -> bool:
    """Whether one of the findings was made on an inspection and not on an outside observation."""
    ids = {finding.check_id for finding in findings if finding.check_id}
    inspections = select(Check.id).where(Check.id.in_(ids), Check.standing == Standing.INSPECTION)
    return session.scalars(inspections.limit(1)).first() is not None


def list_officers(session: Session, person: Person, today: date) -> Sequence[Person]:
    """Active people of the county who hold a certificate that is valid today, by name."""
    holds = exists().where(Certificate.county == Person.county, Certificate.person_id == Person.id)
    query = select(Person).where(Person.county == person.county, Person.is_active, holds)
    found = session.scalars(query.order_by(Person.name, Person.id)).unique().all()
    return [each for each in found if each.certificate_on(today)]


def officers_of(session: Session, county: str, ids: Sequence[UUID | None]) -> list[Person | None]:
    return [session.get(Person, (county, each)) if each else None for each in ids]


def refuse_signers(
    session: Session,
    officers: Sequence[Person | None],
    *,
    two: bool,
    today: date,
    findings: Sequence[Finding] = (),
) -> None:
    """Raise Invalid, naming who is missing or may not sign. `two` says that both are needed.

    An officer who is recused from the site of the findings, or from one of them, may not.
    """
    barred = recused_from(session, findings)
    missing = (say("缺第一名执法人员：行政检查的文书须由两名持证人员署名"),
               say("缺第二名执法人员：行政检查的文书须由两名持证人员署名"))  # fmt: skip
    problems: dict[str, Message] = {}
    for name, officer, lack in zip(FIELDS, officers, missing, strict=True):
        if officer is None:
            if two:
                problems[name] = lack
        elif not is_enabled(session, officer):
            problems[name] = say("{name}的账号已停用，请换一名执法人员", name=officer.name)
        elif officer.certificate_on(today) is None:
            problems[name] = say("{name}没有在有效期内的执法证件，请换人或先登记证件", name=officer.name)
        elif officer.id in barred:
            problems[name] = say("{name}应当回避，请换一名执法人员", name=officer.name)
    if officers[0] is not None and officers[0] is officers[1]:
        problems[FIELDS[1]] = say("两名执法人员不能是同一人")
    if problems:
        raise Invalid(problems)
