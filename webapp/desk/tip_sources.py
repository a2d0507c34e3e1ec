"""How good the sources of tips are."""

from flask import render_template

from inspections.errors import Forbidden
from inspections.intake.credibility import sources
from inspections.registry.site_file import may_see_tips

from ..auth import current_person, now
from ..db import session
from . import bp


@bp.get("/tips/credibility")
def credibility_page() -> str:
    if not may_see_tips(current_person()):
        raise Forbidden
    return render_template("desk/tips/credibility.html", sources=sources(session(), current_person(), now()))
