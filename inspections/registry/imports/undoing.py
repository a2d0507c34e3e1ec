"""What each import changed, kept so that it can be taken back."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session

from ...db import CountyRow, Model, in_county, new_id
from ...errors import Conflict, say
from ..areas import Area
from ..sites import Site
from .area_plans import AreaWrite
from .columns import Subject
from .plans import Action, ImportPlan
from .site_writes import BATCH

_COLUMNS = {
    Subject.SITES: (
        "kind", "category", "name", "external_key", "ownership", "premises", "location", "location_datum",
        "address", "stated_township", "township_id", "village_id", "person_in_charge", "phone", "pupils", "staff",
        "remark", "licence_state",
    ),
    Subject.AREAS: ("code", "aliases", "boundary", "source"),
}  # fmt: skip
_TABLES = {Subject.SITES: "sites", Subject.AREAS: "areas"}


class ImportChange(CountyRow, Model):
    """One thing an import wrote. `before` is its row as it was, null where the import added it."""

    __tablename__ = "import_changes"
    __table_args__ = (
        in_county("run_id", "import_runs", ondelete="CASCADE"),
        Index("ix_import_changes_county_run_id", "county", "run_id"),
    )

    run_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None]


def remember(session: Session, county: str, run_id: UUID, planned: ImportPlan) -> None:
    """Before anything is written: the rows that will be overwritten, as they are."""
    table = _TABLES[planned.subject]
    rows = [
        {"id": new_id(), "subject_id": change.id}
        for change in planned.changes
        if change.action in (Action.NEW, Action.CHANGED)
    ]
    if planned.subject is Subject.AREAS:
        rows = [{"id": new_id(), "subject_id": write.id} for write in _areas(planned)]
    insert = text(
        f"""
        insert into import_changes (county, id, run_id, subject_id, before)
        select :county, row.id, :run_id, row.subject_id, to_jsonb(thing)
        from jsonb_to_recordset(cast(:rows as jsonb)) as row (id uuid, subject_id uuid)
        left join {table} as thing on thing.county = :county and thing.id = row.subject_id
        """  # noqa: S608 - the table is one of two names above
    )
    for start in range(0, len(rows), BATCH):
        batch = json.dumps(rows[start : start + BATCH], default=str)
        session.execute(insert, {"county": county, "run_id": run_id, "rows": batch})


def _areas(planned: ImportPlan) -> list[AreaWrite]:
    writes: list[AreaWrite] = planned.writes
    return writes


def undo(session: Session, county: str, run_id: UUID, subject: Subject, finished_at: datetime) -> None:
    """Put everything back. Raises Conflict when something it wrote has been used or changed since."""
    model: Any = Site if subject is Subject.SITES else Area
    mine = (ImportChange.county == county, ImportChange.run_id == run_id)
    written = select(ImportChange.subject_id).where(*mine)
    edited = session.scalar(
        select(func.count()).where(model.county == county, model.id.in_(written), model.updated_at > finished_at)
    )
    if edited:
        raise Conflict(say("导入之后又有 {n} 处修改，不能整批撤销", n=edited))
    try:
        with session.begin_nested():
            added = written.where(ImportChange.before.is_(None))
            session.execute(delete(model).where(model.county == county, model.id.in_(added)))
    except IntegrityError as error:
        raise Conflict(say("导入的内容已经被检查、任务、线索或点位用到，不能撤销")) from error
    if subject is Subject.SITES:
        session.execute(text(_REMOVE_LICENCES), {"county": county, "run_id": run_id})
    _restore(session, county, run_id, subject)
    session.expire_all()


# An import writes a site and its new licences in one transaction, so they carry the same moment.
_REMOVE_LICENCES = """
    delete from licences using import_changes as change, sites
    where change.county = :county and change.run_id = :run_id and sites.county = :county
        and sites.id = change.subject_id and licences.county = :county and licences.site_id = sites.id
        and licences.created_at = sites.updated_at
"""


def _restore(session: Session, county: str, run_id: UUID, subject: Subject) -> None:
    columns = ", ".join(f"{name} = old.{name}" for name in _COLUMNS[subject])
    table = _TABLES[subject]
    session.execute(
        text(
            f"""
            update {table} as thing set {columns}, updated_at = now()
            from import_changes as change, jsonb_populate_record(null::{table}, change.before) as old
            where change.county = :county and change.run_id = :run_id and change.before is not null
                and thing.county = :county and thing.id = change.subject_id
            """  # noqa: S608 - names are from the lists above
        ),
        {"county": county, "run_id": run_id},
    )
