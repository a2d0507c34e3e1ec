"""What scripts ask for: sync, features, tiles, exports. At `/api/v1`."""

from flask import Blueprint, Response

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.after_request
def _sign(response: Response) -> Response:
    """A captive portal answers in our place; it doesn't know this header."""
    response.headers["X-Mingcha"] = "1"
    return response


from . import checks, field, files  # noqa: E402, F401 - they add their views to the blueprint
