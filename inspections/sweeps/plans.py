"""The sealed plan of a sweep: where it goes. Each saving is a revision of its own; none is changed or lost."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, Recorded, in_county, new_id
from ..errors import Conflict, NotFound, say
from ..intake.sealing import seal, unseal
from ..registry.people import Person
from .plan import Plan
from .sweeps import Sweep, SweepMember

# A sealed plan of one stop must not be told from one of twenty by its length
BLOCK_BYTES = 16_384


class SweepPlan(CountyRow, Recorded, Model):
    """`sealed` is the plan (`plan.Plan`) as JSON, padded and sealed for this row (`intake.sealing`)."""

    __tablename__ = "sweep_plans"
    __table_args__ = (
        in_county("sweep_id", "sweeps", ondelete="CASCADE"),
        in_county("saved_by_id", "people"),
        UniqueConstraint("county", "sweep_id", "revision"),
    )

    sweep_id: Mapped[UUID]
    revision: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[UUID]


def knows(session: Session, person: Person, sweep: Sweep) -> bool:
    """Whether somebody is on a sweep's need-to-know list."""
    query = select(SweepMember.id).where(
        SweepMember.county == sweep.county,
        SweepMember.sweep_id == sweep.id,
        SweepMember.person_id == person.id,
        SweepMember.removed_at.is_(None),
    )
    return session.scalar(query) is not None


def save_plan(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep: Sweep,
    plan: Plan,
    based_on: int,
    now: datetime,
) -> SweepPlan:
    """Seal a plan as the next revision. Raises Conflict where another was saved since the one it is `based_on`,
    and NotFound for who is not on the need-to-know list.
    """
    if not knows(session, person, sweep):
        raise NotFound
    session.refresh(sweep, with_for_update=True)
    if sweep.plan_revision != based_on:
        raise Conflict(say("别人刚改过这份方案，请核对后重做这一步"))
    row_id = new_id()
    kept = SweepPlan(
        county=sweep.county, id=row_id, sweep_id=sweep.id, revision=based_on + 1, saved_at=now,
        saved_by_id=person.id, sealed=seal(keys, padded(plan), _row(sweep.county, row_id)),
    )  # fmt: skip
    session.add(kept)
    sweep.plan_revision = kept.revision
    session.flush()
    events.record(session, person, "save_plan", sweep, revision=kept.revision)
    return kept


def read_plan(
    session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep, revision: int | None = None
) -> Plan:
    """The plan of a revision, the newest if none is named; an empty one before the first was saved.

    Raises NotFound for who is not on the need-to-know list, and for a revision that there isn't.
    """
    if not knows(session, person, sweep):
        raise NotFound
    return plan_of(session, keys, sweep, revision)


def plan_of(session: Session, keys: Sequence[bytes], sweep: Sweep, revision: int | None = None) -> Plan:
    """The same for the system itself, such as at the release."""
    wanted = sweep.plan_revision if revision is None else revision
    if wanted == 0:
        return Plan()
    kept = session.scalars(
        select(SweepPlan).where(
            SweepPlan.county == sweep.county, SweepPlan.sweep_id == sweep.id, SweepPlan.revision == wanted
        )
    ).one_or_none()
    if kept is None:
        raise NotFound
    return Plan.model_validate_json(unseal(keys, kept.sealed, _row(kept.county, kept.id)).rstrip(b" "))


def padded(plan: Plan) -> bytes:
    """JSON, filled up with spaces to whole blocks."""
    content = plan.model_dump_json().encode()
    return content.ljust(-(-len(content) // BLOCK_BYTES) * BLOCK_BYTES)


def _row(county: str, row_id: UUID) -> bytes:
    return f"sweep_plans {county} {row_id}".encode()
