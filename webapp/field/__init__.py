"""The phone app. At `/m`."""

from flask import Blueprint

from ..auth import require_verb

bp = Blueprint("field", __name__, url_prefix="/m")
bp.before_request(require_verb("field.open"))

from . import kept, shell  # noqa: E402, F401 - the views hang themselves on the blueprints
