"""Who works on this device, in a cookie that its own pages may read.

The frame of the phone app is kept on the phone and names nobody, so it asks this cookie whose work to show, also
without a signal. It opens nothing: it holds a person's id and language, and the sign-in's own cookie stays hidden
from scripts. Signing in or out takes it away.
"""

from datetime import timedelta

from flask import current_app
from werkzeug.wrappers import Response

from .auth import current_person

NAME = "at_work"
LIFETIME = timedelta(days=365)  # longer than a sign-in: when that has ended, the work must still be found


def tell(response: Response) -> Response:
    """The person of this request works here."""
    response.set_cookie(
        NAME,
        f"{current_person().id}.{current_person().language}",
        max_age=LIFETIME,
        samesite="Lax",
        secure=current_app.config["SECURE_COOKIES"],
    )
    return response


def forget(response: Response) -> Response:
    response.delete_cookie(NAME, secure=current_app.config["SECURE_COOKIES"])
    return response
