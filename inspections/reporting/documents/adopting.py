"""A county brings a template of its own: it is checked, tried with a sample, put into use, and taken out again.

The dispatcher uploads, the director decides. Versions are kept, since documents were made with them.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256 as new_digest
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import require
from ...errors import Conflict, InspectionError, Invalid, Message, NotFound, say
from ...jobs import Work, enqueue, job
from ...registry.imports.previews import message_from_json, messages_as_json
from ...registry.people import Person
from .builtin import built_in
from .checking import PARTS, Fault, check
from .kinds import KINDS, Kind, kind_of, words_of
from .office import find_office, to_pdf
from .package_check import MOST_BYTES
from .templates import HOLD, DocumentTemplate, TemplateSource, TemplateState, next_version

log = logging.getLogger(__name__)

CONVERTED = say("用 LibreOffice 转成 PDF 成功")
NOT_CONVERTED = say("服务器上没有安装 LibreOffice，没有试转 PDF")
BROKEN = say("试制时系统出错，请重新上传；仍不行请联系管理员")


class Shelved(NamedTuple):
    """A kind and the county's own template of it that is in use, if any; `versions` is how many it brought."""

    kind: Kind
    active: DocumentTemplate | None
    versions: int


def shelf(session: Session, person: Person) -> list[Shelved]:
    require(person, "template.see")
    own = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.county == person.county, DocumentTemplate.source == TemplateSource.COUNTY
        )
    ).all()
    return [
        Shelved(
            kind,
            next((each for each in own if each.kind == kind.code and each.is_active), None),
            sum(each.kind == kind.code for each in own),
        )
        for kind in KINDS.values()
    ]


def built_in_file(person: Person, kind: str) -> bytes:
    """The template that comes with the product, to begin one's own with."""
    require(person, "template.see")
    return built_in(kind_of(kind).layout)


def get_template(session: Session, person: Person, template_id: UUID) -> DocumentTemplate:
    """One of the county's own. Raises NotFound."""
    require(person, "template.see")
    found = session.get(DocumentTemplate, (person.county, template_id))
    if found is None or found.source is not TemplateSource.COUNTY:
        raise NotFound
    return found


def bring(session: Session, person: Person, kind: str, file_name: str, file: bytes) -> DocumentTemplate:
    """Keep an uploaded template with the report of its check. Raises Invalid for what is no file at all.

    One without faults is tried by a job, which converts a sample where LibreOffice is installed.
    """
    require(person, "template.bring")
    found = kind_of(kind)
    if not file:
        raise Invalid({"file": say("请先选择文件")})
    if len(file) > MOST_BYTES:
        raise Invalid({"file": say("文件超过 {n} MB，模板里的图片请先压缩", n=MOST_BYTES // 1_000_000)})
    digest = new_digest(file).hexdigest()
    session.execute(HOLD, {"name": f"template {person.county} {found.code}"})
    _refuse_known(session, person.county, found, digest)
    faults = check(found, file)
    refused = any(not each.is_note for each in faults)
    template = DocumentTemplate(
        county=person.county,
        kind=found.code,
        source=TemplateSource.COUNTY,
        version=next_version(session, person.county, found.code, TemplateSource.COUNTY, 1),
        state=TemplateState.REFUSED if refused else TemplateState.TRYING,
        sha256=digest,
        file_name=file_name[:200],
        body=file,
        report=[_written(each) for each in faults],
        uploaded_by_id=person.id,
    )
    session.add(template)
    session.flush()
    events.record(session, person, "bring", template, kind=found.code, version=template.version, sha256=digest)
    if not refused:
        enqueue(session, "templates.try", person.county, template_id=template.id)
    return template


def _refuse_known(session: Session, county: str, kind: Kind, digest: str) -> None:
    known = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.county == county,
            DocumentTemplate.kind == kind.code,
            DocumentTemplate.sha256 == digest,
        )
    ).first()
    if known is not None or digest == new_digest(built_in(kind.layout)).hexdigest():
        if known is None or known.source is TemplateSource.BUILT_IN:
            raise Invalid({"file": say("这就是系统自带的模板，没有改动")})
        raise Invalid({"file": say("这份文件已经上传过，是第 {n} 版", n=known.version)})


def activate(session: Session, person: Person, template_id: UUID, now: datetime) -> DocumentTemplate:
    """Documents frozen from now on are made with it; those before keep theirs."""
    require(person, "template.activate")
    template = get_template(session, person, template_id)
    if template.state is not TemplateState.READY:
        raise Conflict(say("这一版是“{state}”，不能启用", state=template.state.label))
    _retire(session, person.county, template.kind)
    template.is_active, template.activated_at, template.activated_by_id = True, now, person.id
    session.flush()
    events.record(session, person, "activate", template, kind=template.kind, version=template.version)
    return template


def go_back(session: Session, person: Person, kind: str) -> None:
    """Back to the built-in template of a kind. Raises Conflict where it is in use already."""
    require(person, "template.activate")
    was = _retire(session, person.county, kind_of(kind).code)
    if was is None:
        raise Conflict(say("现在用的就是系统自带的模板"))
    events.record(session, person, "retire", was, kind=kind, version=was.version)


def _retire(session: Session, county: str, kind: str) -> DocumentTemplate | None:
    session.execute(HOLD, {"name": f"template {county} {kind}"})
    was = session.scalars(
        select(DocumentTemplate).where(
            DocumentTemplate.county == county, DocumentTemplate.kind == kind, DocumentTemplate.is_active
        )
    ).one_or_none()
    if was is not None:
        was.is_active = False
        session.flush()
    return was


def sample_file(session: Session, person: Person, template_id: UUID) -> bytes:
    """The sample, filled in with a template that passed its check. Raises Conflict for one that didn't."""
    from .filling import fill

    template = get_template(session, person, template_id)
    if template.state is TemplateState.REFUSED:
        raise Conflict(say("这一版是“{state}”，不能试填", state=template.state.label))
    kind = kind_of(template.kind)
    return fill(template.body, words_of(kind, kind.sample))


def faults_of(template: DocumentTemplate) -> list[Fault]:
    return [
        Fault(message_from_json(part), paragraph, words, message_from_json(said), is_note)
        for part, paragraph, words, said, is_note in template.report
    ]


def people_of(session: Session, person: Person, templates: Sequence[DocumentTemplate]) -> dict[UUID, str]:
    ids = {each.uploaded_by_id for each in templates} | {each.activated_by_id for each in templates}
    rows = session.execute(
        select(Person.id, Person.name).where(Person.county == person.county, Person.id.in_(ids - {None}))
    )
    return {row.id: row.name for row in rows}


def _written(fault: Fault) -> list[object]:
    part, said = messages_as_json([fault.part, fault.said])
    return [part, fault.paragraph, fault.words, said, fault.is_note]


@job("templates.try", awaited=True)
def try_out(work: Work, template_id: str) -> None:
    """Make the sample and convert it; a template with which that fails is refused."""
    template = work.session.get_one(DocumentTemplate, (work.county, UUID(template_id)))
    if template.state is not TemplateState.TRYING:
        return
    kind = kind_of(template.kind)
    said, is_note = _convert(template.body, kind)
    template.report = [*template.report, _written(Fault(PARTS[""], 0, "", said, is_note))]
    template.state = TemplateState.READY if is_note else TemplateState.REFUSED


def _convert(body: bytes, kind: Kind) -> tuple[Message, bool]:
    from .filling import fill

    try:
        file = fill(body, words_of(kind, kind.sample))
        if find_office() is None:
            return NOT_CONVERTED, True
        to_pdf(file)
    except InspectionError as refusal:
        return refusal.message, False
    except Exception:
        log.exception("a template was not tried")
        return BROKEN, False
    return CONVERTED, True
