"""Documents made of a record: what each was made with, and the files that jobs make (PDF, case files).

A record's frozen words and the template that was in use when they were frozen give its Word file, the same bytes
whenever it is asked for. `remember` is called where words are frozen; a document of earlier days, of which
nothing is remembered, has the built-in template.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import say
from ...registry.people import Person
from ...vocabulary import Choice, choice
from .blocks import Block
from .builtin import built_in
from .kinds import Content, Kind, kind_of, words_of
from .templates import DocumentTemplate, template_in_use


class DocumentFormat(Choice):
    DOCX = "docx", say("Word")
    PDF = "pdf", say("PDF")


class DocumentState(Choice):
    WAITING = "waiting", say("等待制作")
    MAKING = "making", say("正在制作")
    DONE = "done", say("已完成")
    FAILED = "failed", say("没有做成")


class Document(CountyRow, Recorded, Model):
    """One document of one record (`subject_id`, whose table follows from the kind).

    `sha256` names the file that a job made. A Word document of frozen words has none: it is drawn when asked for.
    `content` are its words, where the record itself has none. `progress` is the step that a job is at, as
    `{"step", "done", "of"}`.
    """

    __tablename__ = "documents"
    __table_args__ = (
        in_county("template_id", "document_templates"),
        in_county("asked_by_id", "people"),
        CheckConstraint("format = 'docx' or state <> 'done' or sha256 is not null", name="file"),
        CheckConstraint("state <> 'failed' or message is not null", name="why_failed"),
        Index("ix_documents_county_subject_id", "county", "subject_id"),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    format: Mapped[DocumentFormat] = mapped_column(choice(DocumentFormat, "format"))
    state: Mapped[DocumentState] = mapped_column(choice(DocumentState, "state"))
    template_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str | None] = mapped_column(CHAR(64))
    size: Mapped[int | None]
    content: Mapped[dict[str, Any] | None]
    progress: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    message: Mapped[list[Any] | None]
    asked_by_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.state in {DocumentState.WAITING, DocumentState.MAKING}


def remember(
    session: Session, person: Person, kind: str, subject_id: UUID, at: datetime, name: str = ""
) -> Document:
    """Write down, where a record's words are frozen, which template its document is made with from now on."""
    document = Document(
        county=person.county,
        kind=kind,
        subject_id=subject_id,
        format=DocumentFormat.DOCX,
        state=DocumentState.DONE,
        template_id=template_in_use(session, person.county, kind_of(kind)).id,
        name=name,
        asked_by_id=person.id,
        finished_at=at,
    )
    session.add(document)
    session.flush()
    return document


def remembered(session: Session, county: str, kind: str, subject_id: UUID) -> DocumentTemplate | None:
    """The template that a record's document of a kind was made with, as far as it is known."""
    query = (
        select(DocumentTemplate)
        .join(
            Document, (Document.county == DocumentTemplate.county) & (Document.template_id == DocumentTemplate.id)
        )
        .where(
            Document.county == county,
            Document.kind == kind,
            Document.subject_id == subject_id,
            Document.format == DocumentFormat.DOCX,
        )
        .order_by(Document.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def word_file(
    session: Session,
    county: str,
    kind: str,
    content: Content,
    subject_id: UUID | None = None,
    *,
    mark: str = "",
    tail: Sequence[Block] = (),
) -> bytes:
    """The Word file of content that is frozen, or of a draft, which has no `subject_id`.

    `mark` stands at the head of every page, such as `kinds.WITHDRAWN`; `tail` at the end, such as a code to scan.
    """
    from .filling import fill  # docxtpl takes a third of a second to load

    found = kind_of(kind)
    words = replace(words_of(found, content, mark=mark), tail=tail)
    if subject_id is None:
        return fill(template_in_use(session, county, found).body, words)
    template = remembered(session, county, kind, subject_id)
    return fill(template.body if template else built_in(found.layout), words)


__all__ = ["Document", "DocumentFormat", "DocumentState", "Kind", "remember", "remembered", "word_file"]
