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
from inspections.selfcheck.answering import own_self_check
from inspections.selfcheck.campaigns import SelfCheck

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
    subject: Order | SelfCheck
    by: str
    names: dict[str, Any]

    @property
    def order(self) -> Order:
        assert isinstance(self.subject, Order)
        return self.subject

    @property
    def here(self) -> str:
        return self.to("letter")

    def to(self, what: str, **more: Any) -> str:
        return url_for(f"portal.{self.by}_{what}", **self.names, **more)

    def place(self, form_id: UUID, item: str = "") -> Place:
        return Place(self.subject, form_id, item)


def through_link(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view for whoever holds a link: it gets a `Door`. A link that never was or has ended says what to do."""

    @wraps(view)
    def opened(token: str, **names: Any) -> Any:
        try:
            guest, invitation, subject = enter_by_link(session(), token, now())
        except NotFound as error:
            return _not_opened(error)
        g.county = find_county(session(), guest.county)
        if request.method == "GET":
            note_opened(session(), guest, invitation, subject, now())
        return view(Door(guest, subject, "link", {"token": token}), **names)

    return public(proves_itself(limited_guesses(limited_requests(opened))))


def through_sign_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same view for the head of the site, signed in."""

    @wraps(view)
    def opened(order_id: UUID, **names: Any) -> Any:
        person = current_person()
        return view(Door(person, own_order(session(), person, order_id), "own", {"order_id": order_id}), **names)

    return opened


def through_campaign(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same view for a self-check of the own site, signed in."""

    @wraps(view)
    def opened(self_check_id: UUID, **names: Any) -> Any:
        person = current_person()
        found = own_self_check(session(), person, self_check_id)
        return view(Door(person, found, "sheet", {"self_check_id": self_check_id}), **names)

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
