"""Templates of documents: those that come with the product, and a county's own in their place.

A county's template lies in the database, as its rows do, so that every web process and every backup has it. What a
document was made with is never removed.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256 as new_digest
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, LargeBinary, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import say
from ...registry.people import Person
from ...vocabulary import Choice, choice
from .builtin import EDITION, built_in
from .kinds import Kind, kind_of


class TemplateSource(Choice):
    BUILT_IN = "built_in", say("系统自带")
    COUNTY = "county", say("本县模板")


class TemplateState(Choice):
    REFUSED = "refused", say("检查未通过")
    TRYING = "trying", say("正在试制")
    READY = "ready", say("检查通过")


class DocumentTemplate(CountyRow, Recorded, Model):
    """One version of a kind's template. `body` is the Word file, `report` what its check found, line by line.

    Of a kind at most one is in use; where none is, the built-in one is. A built-in template has a row once a
    document of the county was made with it.
    """

    __tablename__ = "document_templates"
    __table_args__ = (
        in_county("uploaded_by_id", "people"),
        in_county("activated_by_id", "people"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("not is_active or state = 'ready'", name="active_ready"),
        CheckConstraint("not is_active or activated_at is not null", name="activated"),
        CheckConstraint("source <> 'county' or uploaded_by_id is not null", name="uploaded"),
        UniqueConstraint("county", "kind", "source", "version"),
        UniqueConstraint("county", "kind", "sha256"),
        Index("uq_document_templates_active", "county", "kind", unique=True, postgresql_where=text("is_active")),
    )

    kind: Mapped[str]
    source: Mapped[TemplateSource] = mapped_column(choice(TemplateSource, "source"))
    version: Mapped[int]
    state: Mapped[TemplateState] = mapped_column(choice(TemplateState, "state"))
    sha256: Mapped[str] = mapped_column(CHAR(64))
    file_name: Mapped[str] = mapped_column(server_default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    report: Mapped[list[Any]] = mapped_column(server_default="[]")
    is_active: Mapped[bool] = mapped_column(server_default="false")
    uploaded_by_id: Mapped[UUID | None]
    activated_by_id: Mapped[UUID | None]
    activated_at: Mapped[datetime | None]


def template_in_use(session: Session, county: str, kind: Kind) -> DocumentTemplate:
    """The county's own if one is in use, else the built-in one, with its row."""
    own = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.county == county, DocumentTemplate.kind == kind.code, DocumentTemplate.is_active
        )
    ).one_or_none()
    return own or _built_in_row(session, county, kind)


def _built_in_row(session: Session, county: str, kind: Kind) -> DocumentTemplate:
    body = built_in(kind.layout)
    digest = new_digest(body).hexdigest()
    session.execute(HOLD, {"name": f"template {county} {kind.code}"})
    found = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.county == county,
            DocumentTemplate.kind == kind.code,
            DocumentTemplate.sha256 == digest,
        )
    ).one_or_none()
    if found is None:
        found = DocumentTemplate(
            county=county,
            kind=kind.code,
            source=TemplateSource.BUILT_IN,
            version=next_version(session, county, kind.code, TemplateSource.BUILT_IN, EDITION),
            state=TemplateState.READY,
            sha256=digest,
            body=body,
        )
        session.add(found)
        session.flush()
    return found


HOLD = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def next_version(session: Session, county: str, kind: str, source: TemplateSource, least: int) -> int:
    newest = session.scalar(
        select(func.max(DocumentTemplate.version)).where(
            DocumentTemplate.county == county, DocumentTemplate.kind == kind, DocumentTemplate.source == source
        )
    )
    return max(least, (newest or 0) + 1)


def versions_of(session: Session, person: Person, kind: str) -> Sequence[DocumentTemplate]:
    """The county's own templates of a kind, the newest first. Raises NotFound for a kind that isn't one."""
    query = (
        select(DocumentTemplate)
        .where(
            DocumentTemplate.county == person.county,
            DocumentTemplate.kind == kind_of(kind).code,
            DocumentTemplate.source == TemplateSource.COUNTY,
        )
        .order_by(DocumentTemplate.version.desc())
    )
    return session.scalars(query).all()
