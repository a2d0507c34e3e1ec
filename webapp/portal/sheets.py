"""A self-check as a school or institution fills it in."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request

from inspections.evidence.proof_check import MAX_DOCUMENT_BYTES
from inspections.evidence.recordings import MAX_RECORDING_BYTES
from inspections.selfcheck.answering import CHOICES, read_sheet, save, submit
from inspections.selfcheck.campaigns import SelfCheck

from ..auth import now
from ..db import session
from ..desk.words import option
from .doors import Door, allowance

MB = 1_000_000
ACCEPT = "image/*,video/*,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.wps,.et"


def _of(door: Door) -> SelfCheck:
    assert isinstance(door.subject, SelfCheck)
    return door.subject


def keep_draft(door: Door, form: Mapping[str, Any]) -> None:
    save(session(), door.sender, _of(door), form, now())


def send_sheet(door: Door, form: Mapping[str, Any]) -> None:
    """Once more for a form that was sent before is nothing new."""
    if _of(door).submitted_at is None:
        submit(session(), door.sender, _of(door), form, now())


def sheet_page(
    door: Door, given: Any = None, wrong: Any = None, files: Any = None, said: str = "", kept: str = ""
) -> str:
    sheet = read_sheet(session(), _of(door), now())
    return render_template(
        "portal/sheet.html",
        door=door,
        sheet=sheet,
        given=given or _given(sheet),
        wrong=wrong or {},
        files=files or {},
        said=said,
        kept=kept,
        is_sent="sent" in request.args,
        choices=[option(each) for each in CHOICES],
        accept=ACCEPT,
        limits=limits_in_words(),
    )


def _given(sheet: Any) -> dict[str, Any]:
    """What was kept as a draft, as the form's own fields."""
    given: dict[str, Any] = {"name": sheet.self_check.name, "telephone": sheet.self_check.telephone}
    for code, answer in sheet.answers.items():
        given |= {f"verdict-{code}": answer.verdict.value, f"note-{code}": answer.note}
    return given


def limits_in_words() -> dict[str, int]:
    """Megabytes of each kind of file and of all, and how many there may be."""
    limits = allowance()
    return {
        "photo": limits.max_photo_bytes // MB,
        "film": MAX_RECORDING_BYTES // MB,
        "document": MAX_DOCUMENT_BYTES // MB,
        "files": limits.files,
        "total": limits.total_bytes // MB,
    }
