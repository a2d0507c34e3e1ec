"""One phone's file: what it holds, since when, and what it no longer names."""

from uuid import UUID

from flask import render_template

from inspections.field.parcels import held_of
from inspections.field.phones import read_phone_file
from inspections.listing.phones import state_of

from ..auth import current_person, now
from ..db import session
from . import bp
from .panels import in_panel


@bp.get("/phones/<uuid:phone_id>")
def phone_page(phone_id: UUID) -> str:
    file = read_phone_file(session(), current_person(), phone_id)
    return render_template(
        "desk/phone.html",
        file=file,
        phone=file.phone,
        state=state_of(session(), file.phone),
        in_panel=in_panel(),
        sealed=held_of(session(), current_person(), file.phone),
        now=now(),
    )
