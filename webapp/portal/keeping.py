"""Files that come with a form itself: kept one by one before its words are looked at."""

from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage

from inspections.casework.attaching import attach, drop
from inspections.errors import Conflict, Invalid, NotFound

from ..api.files import store
from ..auth import now
from ..db import session
from ..i18n import translated
from .doors import Door, allowance


def keep_files(door: Door, form_id: UUID) -> dict[str, list[str]]:
    """Keep what came; by item, what is wrong with those that could not be."""
    problems: dict[str, list[str]] = {}
    for name in request.files:
        if not name.startswith("files-"):
            continue
        item = name.removeprefix("files-")
        for file in request.files.getlist(name):
            try:
                _keep(door, form_id, item, file)
            except Invalid as error:
                problems.setdefault(item, []).append(translated(error.message))
            except Conflict as error:
                problems.setdefault("", []).append(translated(error.message))
    return problems


def _keep(door: Door, form_id: UUID, item: str, file: FileStorage) -> None:
    if not file.filename:
        return  # nothing was chosen
    with session().begin_nested():
        place = door.place(form_id, item)
        attach(session(), store(), door.sender, place, file.filename, file.stream, now(), allowance())  # type: ignore[arg-type]


def drop_files(door: Door, form_id: UUID, ids: list[str]) -> None:
    for each in ids:
        try:
            drop(session(), door.subject, form_id, UUID(each))
        except (ValueError, NotFound, Conflict):
            continue  # it is gone already, or was sent
