"""What scripts ask for: sync, features, tiles, exports. At `/api/v1`."""

from flask import Blueprint, Response

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.after_request
def _sign(response: Response) -> Response:
    """A captive portal answers in our place; it doesn't know this header."""
    response.headers["X-Mingcha"] = "1"
    return response


from . import (  # noqa: E402 - they add their views to the blueprint
    changes,  # noqa: F401
    checks,  # noqa: F401
    field,  # noqa: F401
    files,  # noqa: F401
    keys,  # noqa: F401
    layers,  # noqa: F401
    messages,  # noqa: F401
    parcels,  # noqa: F401
    phones,  # noqa: F401
    quarantine,  # noqa: F401
    search,  # noqa: F401
    site_edits,  # noqa: F401
    sites,  # noqa: F401
    sweep_nights,  # noqa: F401
    sweeps,  # noqa: F401
    tiles,  # noqa: F401
    tips,  # noqa: F401
    uploads,  # noqa: F401
    visits,  # noqa: F401
    whole,  # noqa: F401
)
