"""Two models of risk for the demo county: one of seven weeks ago, and the one in force. A job learns them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db import new_id
from ..jobs import enqueue
from ..registry.people import Person, PersonRole, Role
from ..targeting.risk import rescoring, training  # noqa: F401 - they register their jobs
from ..targeting.risk.models import RiskTerm, new_model
from . import names

EARLIER = timedelta(days=49)
REASONS = ("先按模型试用，每周看一次准不准", "新模型多学了七周的检查，先查一半查到的更多")


def order_models(session: Session, now: datetime) -> None:
    """The director put each in force when it had been learnt."""
    director = session.scalars(
        select(Person)
        .join(PersonRole, (PersonRole.county == Person.county) & (PersonRole.person_id == Person.id))
        .where(Person.county == names.COUNTY_CODE, PersonRole.role == Role.DIRECTOR)
        .order_by(Person.id)
    ).first()
    if director is None:
        return
    for until, reason in zip((now - EARLIER, now), REASONS, strict=True):
        model = new_model(session, names.COUNTY_CODE, until, until, director.id)
        session.add(
            RiskTerm(
                county=names.COUNTY_CODE,
                id=new_id(),
                model_id=model.id,
                since=until,
                person_id=director.id,
                reason=reason,
            )
        )
        session.flush()
        enqueue(session, "risk.train", names.COUNTY_CODE, model_id=model.id)
    enqueue(session, "risk.rescore", names.COUNTY_CODE)
