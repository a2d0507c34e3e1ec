"""Files that a site added to a form and never sent are forgotten after a while; what was sent stays as it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, text
from sqlalchemy.orm import Session

from .. import events
from ..jobs import Work, job
from ..selfcheck.campaigns import SelfCheck, SelfCheckCampaign
from .orders import Order
from .proofs import Proof

KEPT_UNSENT = timedelta(days=60)  # twice as long as a form offers them again (`attaching.FORGOTTEN`)


@job("forget unsent files", every="41 19 * * *")
def forget_unsent_now(work: Work) -> None:
    forget_unsent(work.session, work.county, datetime.now(UTC))


def forget_unsent(session: Session, county: str, now: datetime) -> int:
    """How many were forgotten. Those of a self-check wait until its campaign has ended, however long it runs.

    Their bytes stay in the store, where nothing is ever removed; without a row nobody can open them any more.
    """
    ended = (
        select(SelfCheck.id)
        .join(
            SelfCheckCampaign,
            (SelfCheckCampaign.county == SelfCheck.county) & (SelfCheckCampaign.id == SelfCheck.campaign_id),
        )
        .where(SelfCheck.county == county, SelfCheckCampaign.ended_at.is_not(None))
    )
    old = delete(Proof).where(
        Proof.county == county,
        Proof.submitted_at.is_(None),
        Proof.added_at < now - KEPT_UNSENT,
        or_(Proof.self_check_id.is_(None), Proof.self_check_id.in_(ended)),
    )
    gone = session.execute(old.returning(Proof.id, Proof.order_id, Proof.self_check_id, Proof.sha256)).all()
    for model, name in ((Order, "order_id"), (SelfCheck, "self_check_id")):
        _record(session, county, model.__tablename__, [(getattr(row, name), row.sha256) for row in gone])
    return len(gone)


def _record(session: Session, county: str, table: str, gone: list[tuple[UUID | None, str]]) -> None:
    details: dict[UUID, dict[str, list[str]]] = {}
    for subject_id, sha256 in gone:
        if subject_id:
            details.setdefault(subject_id, {"sha256": []})["sha256"].append(sha256)
    if details:
        rows = events.rows_of("forget_files", table, details)
        session.execute(text(events.INSERT), {"county": county, "person_id": None, **rows})
