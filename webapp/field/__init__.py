"""The phone app. At `/m`."""

from flask import Blueprint, Response

from inspections.access import require

from ..auth import current_person, is_disabled

bp = Blueprint("field", __name__, url_prefix="/m")

from . import kept, shell  # noqa: E402, F401 - the views hang themselves on the blueprints


@bp.before_request
def _open() -> Response | None:
    """Whose account is disabled gets the frame that anyone may have: from it the phone hands in the rest."""
    if is_disabled():
        return kept.frame_for_reader()
    require(current_person(), "field.open")
    return None
