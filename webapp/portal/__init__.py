"""Where schools and institutions answer: by a link from the paper, without an account, or signed in. At `/answer`.

Whoever holds a link proves by it who they are, so its views ask neither for a sign-in nor for an origin. Its
address must not get anywhere: nothing is cached, no page says where it was opened from, wrong ones are counted.
"""

from flask import Blueprint, Response, request

from ..api.uploads import VERSION

bp = Blueprint("portal", __name__, url_prefix="/answer")

from . import (  # noqa: E402 - the views hang themselves on the blueprint
    bulletins,
    county_page,
    draws,
    files,  # noqa: F401
    letters,  # noqa: F401
    own,  # noqa: F401
    report,
)

FOR_EVERYBODY = (bulletins, report, county_page, draws)  # parts with a blueprint of their own


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if "Tus-Resumable" in request.headers:
        response.headers["Tus-Resumable"] = VERSION
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
