"""Files that take a while, made by a job with its progress shown: PDFs, and Word files of slow kinds."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import require
from ...db import scope
from ...errors import Conflict, InspectionError, Message, NotFound, say
from ...evidence.keeping import keep
from ...evidence.store import BlobStore
from ...jobs import Work, enqueue, job
from ...registry.imports.previews import message_from_json, messages_as_json
from ...registry.people import Person
from .kinds import Content, Frozen, Kind, kind_of
from .making import Document, DocumentFormat, DocumentState, remember, remembered, word_file
from .office import OfficeMissing, find_office, to_pdf
from .templates import DocumentTemplate, template_in_use

log = logging.getLogger(__name__)

MEDIA_TYPES = {
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.PDF: "application/pdf",
}
MOST_LISTED = 50
BROKEN = say("系统出错了，文书没有做成；请重试，仍不行请联系管理员")
CONVERTING = say("正在转成 PDF")
FILLING = say("正在排版")

# `(step, done, of)`: what a person who waits is told
Tell = Callable[[Message, int, int], None]
# Composes the words of a slow kind, pictures included
Compose = Callable[[Work, Person, UUID, Tell], Content]
COMPOSERS: dict[str, Compose] = {}


def has_office() -> bool:
    return find_office() is not None


def frozen(session: Session, person: Person, kind: str, subject_id: UUID) -> Frozen:
    """The words of a record's document. Raises NotFound for who may not see it, Conflict while there is none."""
    found = kind_of(kind)
    if found.read is None:
        raise NotFound
    words = found.read(session, person, subject_id)
    kept = kept_words(session, person.county, kind, subject_id) if found.is_composed else None
    return words if kept is None else words._replace(content=kept)


def kept_words(session: Session, county: str, kind: str, subject_id: UUID) -> dict[str, Any] | None:
    """The words of a composed document as they were when it was last made."""
    query = _listed(county, kind, subject_id).where(Document.content.is_not(None))
    found: Document | None = session.scalars(query.limit(1)).first()
    return found.content if found else None


def word_of(session: Session, person: Person, kind: str, subject_id: UUID) -> tuple[Frozen, bytes]:
    """The Word file of frozen words, drawn now. Raises NotFound, and Conflict while nothing is frozen."""
    words = frozen(session, person, kind, subject_id)
    found = kind_of(kind)
    if found.is_slow or (found.is_composed and kept_words(session, person.county, kind, subject_id) is None):
        raise Conflict(say("这份文书还没有制作，请先点“制作”"))
    return words, word_file(session, person.county, kind, words.content, subject_id, mark=words.mark)


def freeze(session: Session, person: Person, kind: str, subject_id: UUID, now: datetime) -> Document:
    """Keep the words of a composed document as they are now. Made again, the newer words count."""
    require(person, "document.freeze")
    found = kind_of(kind)
    if not found.is_composed or found.read is None:
        raise NotFound
    words = found.read(session, person, subject_id)
    document = remember(session, person, kind, subject_id, now, words.name)
    document.content = dict(words.content)
    session.flush()
    return document


def ask(
    session: Session, person: Person, kind: str, subject_id: UUID, format_: DocumentFormat, now: datetime
) -> Document:
    """Have a file made. While the same one is being made, that one is given."""
    found, words = kind_of(kind), frozen(session, person, kind, subject_id)
    if format_ is DocumentFormat.PDF and not has_office():
        raise Conflict(OfficeMissing.message)
    if found.is_composed and kept_words(session, person.county, kind, subject_id) is None:
        freeze(session, person, kind, subject_id, now)
    if (
        found.is_slow
        and format_ is DocumentFormat.PDF
        and _newest_word(session, person.county, kind, subject_id) is None
    ):
        raise Conflict(say("请先制作 Word 文件，再转成 PDF"))
    waiting = _listed(person.county, kind, subject_id).where(
        Document.format == format_, Document.state.in_([DocumentState.WAITING, DocumentState.MAKING])
    )
    under_way = session.scalars(waiting.limit(1)).first()
    if under_way is not None:
        return under_way
    document = Document(
        county=person.county,
        kind=kind,
        subject_id=subject_id,
        format=format_,
        state=DocumentState.WAITING,
        template_id=_template(session, person, found, subject_id).id,
        name=words.name,
        asked_by_id=person.id,
    )
    session.add(document)
    session.flush()
    enqueue(session, "documents.make", person.county, document_id=document.id)
    return document


def _template(session: Session, person: Person, kind: Kind, subject_id: UUID) -> DocumentTemplate:
    kept = None if kind.is_slow else remembered(session, person.county, kind.code, subject_id)
    return kept or template_in_use(session, person.county, kind)


def _listed(county: str, kind: str, subject_id: UUID) -> Any:
    return (
        select(Document)
        .where(Document.county == county, Document.kind == kind, Document.subject_id == subject_id)
        .order_by(Document.id.desc())
    )


def _newest_word(session: Session, county: str, kind: str, subject_id: UUID) -> Document | None:
    query = _listed(county, kind, subject_id).where(
        Document.format == DocumentFormat.DOCX, Document.state == DocumentState.DONE, Document.sha256.is_not(None)
    )
    found: Document | None = session.scalars(query.limit(1)).first()
    return found


def documents_of(session: Session, person: Person, kind: str, subject_id: UUID) -> Sequence[Document]:
    """What was made of a record, the newest first. Raises NotFound for who may not see the record."""
    frozen(session, person, kind, subject_id)
    found: Sequence[Document] = session.scalars(_listed(person.county, kind, subject_id).limit(MOST_LISTED)).all()
    return found


def get_document(session: Session, person: Person, document_id: UUID) -> Document:
    """Raises NotFound, for who may not see its record too."""
    found = session.get(Document, (person.county, document_id))
    if found is None:
        raise NotFound
    frozen(session, person, found.kind, found.subject_id)
    return found


def open_file(session: Session, store: BlobStore, person: Person, document_id: UUID) -> tuple[Document, BinaryIO]:
    """A file that a job made, to be closed by the caller. Raises NotFound while there is none."""
    document = get_document(session, person, document_id)
    if document.sha256 is None:
        raise NotFound
    return document, store.open(document.sha256)


def template_of(session: Session, document: Document) -> DocumentTemplate:
    return session.get_one(DocumentTemplate, (document.county, document.template_id))


def why_failed(document: Document) -> Message | None:
    return message_from_json(document.message) if document.message else None


@job("documents.make", awaited=True)
def make(work: Work, document_id: str) -> None:
    """Make the file of a document; what stands in the way becomes its message."""
    document = work.session.get_one(Document, (work.county, UUID(document_id)))
    if not document.is_busy:
        return  # done by an earlier try of the same job
    _tell(work, document.id, state=DocumentState.MAKING)
    work.session.refresh(document)
    try:
        with work.session.begin_nested():
            data = _make(work, document)
            document.sha256 = keep(
                work.session, work.store, work.county, data, MEDIA_TYPES[document.format], document.asked_by_id
            )
    except InspectionError as refusal:
        document.state, document.message = DocumentState.FAILED, messages_as_json([refusal.message])[0]
    except Exception:
        log.exception("document %s was not made", document_id)
        document.state, document.message = DocumentState.FAILED, messages_as_json([BROKEN])[0]
    else:
        document.state, document.size = DocumentState.DONE, len(data)
    document.progress, document.finished_at = {}, datetime.now(UTC)


def _make(work: Work, document: Document) -> bytes:
    person = work.session.get_one(Person, (work.county, document.asked_by_id))

    def tell(step: Message, done: int = 0, of: int = 0) -> None:
        progress = {"step": messages_as_json([step])[0], "done": done, "of": of}
        _tell(work, document.id, progress=progress)

    if document.format is DocumentFormat.PDF:
        word = _word_for_pdf(work, person, document)
        tell(CONVERTING)
        return to_pdf(word)
    return compose(work, person, document, tell)


def compose(work: Work, person: Person, document: Document, tell: Tell) -> bytes:
    """The Word file of a slow kind, by the template that the document was asked for with."""
    from .filling import fill
    from .kinds import words_of

    kind = kind_of(document.kind)
    content = COMPOSERS[kind.code](work, person, document.subject_id, tell)
    tell(FILLING, 0, 0)
    return fill(template_of(work.session, document).body, words_of(kind, content))


def _word_for_pdf(work: Work, person: Person, document: Document) -> bytes:
    """A PDF shows the very Word file: the newest that was made, or the one of the frozen words."""
    kept = _newest_word(work.session, work.county, document.kind, document.subject_id)
    if kept is not None and kept.sha256 is not None:
        with work.store.open(kept.sha256) as file:
            return file.read()
    words = frozen(work.session, person, document.kind, document.subject_id)
    return word_file(work.session, work.county, document.kind, words.content, document.subject_id, mark=words.mark)


def _tell(work: Work, document_id: UUID, **values: Any) -> None:
    """Progress that others see at once: in its own transaction, before this one touches the document's row."""
    with Session(work.session.get_bind()) as session:
        scope(session, work.county)
        document = session.get_one(Document, (work.county, document_id))
        for name, value in values.items():
            setattr(document, name, value)
        session.commit()
