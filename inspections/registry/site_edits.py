"""Edits of a site that were made away from it: on a phone without a signal, or seen during a check.

An edit says which values it was based on. A field that nobody else changed takes the new value; one that somebody
else changed meanwhile to something else keeps its value and becomes a conflict for a person. Both leave a trace:
what was merged in the site's events, what was not in `site_conflicts`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import Field
from sqlalchemy import CHAR, Index, UniqueConstraint, func, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, in_county
from ..errors import Conflict, Invalid, say
from ..incoming import Line, Moment, Part, Text, clean, parse_json, read
from ..vocabulary import Choice
from .people import Person
from .site_conflicts import SiteConflict, SiteField, last_deed
from .site_facts import as_plain, as_text, read_changes
from .sites import Site, SiteKind

# What a school or an institution is called and counted as comes from its papers: a difference is a finding
BY_PAPERS = frozenset({SiteField.NAME, SiteField.CATEGORY, SiteField.OWNERSHIP})
FACT, BASE = "site.", "base."

Value = Annotated[Text | int | None, Field(union_mode="left_to_right")]


class Merged(Choice):
    """What became of one field of an edit."""

    TAKEN = "taken", say("已更新")
    SAME = "same", say("已经是这样")
    CONFLICT = "conflict", say("别人改成了另一个值，两个都已保留，等人决定")
    REFUSED = "refused", say("没有改")


class SiteEdit(CountyRow, Model):
    """One edit as it came. `base` and `values` are as in a form, by field; `outcome` is what became of each.

    `device_at` is when it was made, by the phone's clock. `check_id` names the check that it was seen in, if any.
    """

    __tablename__ = "site_edits"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("person_id", "people"),
        in_county("check_id", "checks"),
        UniqueConstraint("county", "check_id"),
        Index("ix_site_edits_county_site_id", "county", "site_id"),
    )

    site_id: Mapped[UUID]
    person_id: Mapped[UUID]
    check_id: Mapped[UUID | None]
    device_id: Mapped[str | None]
    device_at: Mapped[datetime]
    received_at: Mapped[datetime]
    content_sha256: Mapped[str] = mapped_column(CHAR(64))
    base: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    outcome: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class GivenEdit(Part):
    id: UUID
    site_id: UUID
    base: dict[SiteField, Value] = Field(default_factory=dict)
    values: Annotated[dict[SiteField, Value], Field(min_length=1)]
    device_id: Line | None = None
    at: Moment


class Edited(NamedTuple):
    edit: SiteEdit
    site: Site
    is_new: bool


def receive_edit(session: Session, person: Person, content: bytes, now: datetime) -> Edited | Conflict:
    """Merge an edit as a phone sends it. Idempotent by id: the same content is answered as it was at first.

    Other content under the same id is noted in the site's history; the `Conflict` is returned, since the note must
    be committed. Raises `Malformed`, `Invalid` by field, `Forbidden`, `NotFound`.
    """
    from ..access import get, require  # access knows this module's table

    require(person, "site.observe")
    given = read(GivenEdit, clean(parse_json(content))[0])
    site = get(session, person, Site, given.site_id)
    _require_fields(site, given)
    digest = hashlib.sha256(given.model_dump_json(exclude={"device_id"}).encode()).hexdigest()
    key = {"key": f"edit {person.county} {given.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    if known := session.get(SiteEdit, (person.county, given.id)):
        if known.content_sha256 == digest:
            return Edited(known, site, is_new=False)
        events.record(session, person, "conflict", site, edit=str(given.id), other=given.model_dump(mode="json"))
        return Conflict()
    edit = SiteEdit(
        county=person.county,
        id=given.id,
        site_id=site.id,
        person_id=person.id,
        device_id=given.device_id,
        device_at=given.at,
        received_at=now,
        content_sha256=digest,
        base=_plain(given.base),
        values=_plain(given.values),
    )
    _merge(session, person, site, edit)
    return Edited(edit, site, is_new=True)


def has_site_facts(facts: Mapping[str, Any]) -> bool:
    return any(name.startswith(FACT) for name in facts)


def observe(session: Session, person: Person, check: Mapping[str, Any]) -> SiteEdit | None:
    """Merge what a check says of its site: facts named `site.<field>`, with `base.<field>` beside each.

    `check` is the check's row, which is in the database already. A value that can't be read changes nothing and
    flags the check, whose record keeps it.
    """
    from ..access import can
    from ..field.checks import Check

    facts, words = check["facts"], {each.value for each in SiteField}
    named = {name.removeprefix(FACT): value for name, value in facts.items() if name.startswith(FACT)}
    values = {name: value for name, value in named.items() if name in words}
    if not values or not can(person, "site.observe"):
        return None
    edit = SiteEdit(
        county=check["county"],
        site_id=check["site_id"],
        person_id=person.id,
        check_id=check["id"],
        device_id=check["device_id"],
        device_at=check["device_finished_at"],
        received_at=check["received_at"],
        content_sha256=check["record_sha256"],
        base=_plain({name: facts[BASE + name] for name in values if BASE + name in facts}),
        values=_plain(values),
    )
    _merge(session, person, session.get_one(Site, (edit.county, edit.site_id)), edit)
    if Merged.REFUSED.value in edit.outcome.values():
        flagged = func.array_append(Check.flags, "site_fact_unread")
        of_check = (Check.county == edit.county, Check.id == edit.check_id)
        session.execute(update(Check).where(*of_check).values(flags=flagged))
    return edit


def _require_fields(site: Site, given: GivenEdit) -> None:
    if site.kind is not SiteKind.SUSPECTED and (fixed := BY_PAPERS & given.values.keys()):
        message = say("学校和机构的这一项以证照和名单为准，请告诉专班更正")
        raise Invalid({f"values.{name.value}": message for name in sorted(fixed)})
    try:
        read_changes(site.kind, _plain(given.values))
    except Invalid as error:
        raise Invalid({f"values.{name}": message for name, message in error.fields.items()}) from None


def _plain(given: Mapping[Any, Any]) -> dict[str, str]:
    """Values as a form has them."""
    return {
        str(getattr(name, "value", name)): "" if value is None else str(value) for name, value in given.items()
    }


def _merge(session: Session, person: Person, site: Site, edit: SiteEdit) -> None:
    # two edits of one site at once: the second sees what the first did
    session.refresh(site, with_for_update=True)
    values = {name: _value(site, name, offered) for name, offered in edit.values.items()}
    outcome = {name: _decide(site, edit, name, value) for name, value in values.items()}
    edit.outcome = {name: each.value for name, each in outcome.items()}
    session.add(edit)
    session.flush()
    session.add_all(_conflict(session, site, edit, name) for name in outcome if outcome[name] is Merged.CONFLICT)
    taken = [value for name, value in values.items() if value and outcome[name] is Merged.TAKEN]
    _take(session, person, site, edit, {name: each for value in taken for name, each in value.items()})
    session.flush()


def _value(site: Site, name: str, offered: str) -> dict[str, Any] | None:
    """The field with its value, as the table has it; None where it can't be one."""
    if site.kind is not SiteKind.SUSPECTED and name in BY_PAPERS:
        return None
    try:
        return read_changes(site.kind, {name: offered})
    except Invalid:
        return None


def _decide(site: Site, edit: SiteEdit, name: str, value: dict[str, Any] | None) -> Merged:
    """Three-way, for one field: base, theirs, ours. Without a base only an empty field may be filled."""
    if value is None:
        return Merged.REFUSED
    current, offered = as_text(getattr(site, name)), as_text(value[name])
    base = _normal(site, name, edit.base.get(name, ""))
    if offered == current or (name in edit.base and offered == base):
        return Merged.SAME
    return Merged.TAKEN if current == base else Merged.CONFLICT


def _normal(site: Site, name: str, text: str) -> str:
    """A value as the table would have kept it; one that it would not keep stands as it is, and equals nothing."""
    try:
        return as_text(read_changes(site.kind, {name: text})[name])
    except Invalid:
        return text


def _take(session: Session, person: Person, site: Site, edit: SiteEdit, taken: dict[str, Any]) -> None:
    if not taken:
        return
    was = {name: as_plain(getattr(site, name)) for name in taken}
    for name, value in taken.items():
        setattr(site, name, value)
    now = {name: as_plain(value) for name, value in taken.items()}
    source = {"edit": str(edit.id), "check": edit.check_id and str(edit.check_id)}
    events.record(session, person, "edit", site, was=was, now=now, device_at=edit.device_at.isoformat(), **source)


def _conflict(session: Session, site: Site, edit: SiteEdit, name: str) -> SiteConflict:
    deed = last_deed(session, site, name)
    return SiteConflict(
        county=site.county,
        site_id=site.id,
        edit_id=edit.id,
        field=SiteField(name),  # type: ignore[call-arg]
        base=edit.base.get(name),
        current=as_text(getattr(site, name)),
        current_event_id=deed and deed.id,
        offered=edit.values[name],
        raised_at=edit.received_at,
    )
