"""The two ways to an order: a link, or a head's own sign-in. Behind both is the same page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from flask import current_app, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.casework.attaching import Allowance, Place
from inspections.casework.invitations import LinkEnded, enter_by_link, note_opened
from inspections.casework.orders import Order
from inspections.casework.responding import own_order
from inspections.errors import NotFound
from inspections.events import Actor
from inspections.registry.counties import find_county

from ..auth import current_person, now, public
from ..cross_origin import proves_itself
from ..db import session
from ..errors import answer, status_of, wants_json
from ..i18n import translated
from ..rate_limits import limited_guesses, limited_requests


@dataclass(frozen=True)
class Door:
    """Who came in, and to what; `names` are the parts of the address by which they came."""

    sender: Actor
    order: Order
    by: str
    names: dict[str, Any]

    @property
    def here(self) -> str:
        return self.to("letter")

    def to(self, what: str, **more: Any) -> str:
        return url_for(f"portal.{self.by}_{what}", **self.names, **more)

    def place(self, form_id: UUID, item: str = "") -> Place:
        return Place(self.order, form_id, item)


def through_link(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view for whoever holds a link: it gets a `Door`. A link that never was or has ended says what to do."""

    @wraps(view)
    def opened(token: str, **names: Any) -> Any:
        try:
            guest, invitation, order = enter_by_link(session(), token, now())
        except NotFound as error:
            return _not_opened(error)
        g.county = find_county(session(), guest.county)
        if request.method == "GET":
            note_opened(session(), guest, invitation, order, now())
        return view(Door(guest, order, "link", {"token": token}), **names)

    return public(proves_itself(limited_guesses(limited_requests(opened))))


def through_sign_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same view for the head of the site, signed in."""

    @wraps(view)
    def opened(order_id: UUID, **names: Any) -> Any:
        person = current_person()
        return view(Door(person, own_order(session(), person, order_id), "own", {"order_id": order_id}), **names)

    return opened


def allowance() -> Allowance:
    config = current_app.config
    return Allowance(
        total_bytes=config["MAX_ANSWER_BYTES"],
        max_photo_bytes=config["MAX_PHOTO_BYTES"],
        max_pixels=config["MAX_PIXELS"],
    )


def _not_opened(error: NotFound) -> Response:
    status = status_of(error)
    if wants_json():
        return answer(status, type(error).__name__, error.message, {})
    title = _("这个链接打不开了") if isinstance(error, LinkEnded) else _("没有这个链接")
    page = render_template("portal/ended.html", title=title, message=translated(error.message))
    return make_response(page, status)
