"""What the page of an order shows of its answers, and the link that stands on its paper."""

from datetime import timedelta
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup

from inspections.access import can
from inspections.casework.invitations import ANSWER_WORDS, code_of, invitations_of, live_invitation, token_of
from inspections.casework.orders import Order, OrderState
from inspections.casework.responses import Response, ResponseState, reports_on
from inspections.field.assigning import list_assignees
from inspections.field.tasks import Task

from ..auth import current_person, now
from ..db import session
from ..keys import key_ring
from .words import today

RECHECK_IN = timedelta(days=7)


def answers_of(order: Order) -> dict[str, Any]:
    """What the page of an order shows of its answers."""
    person = current_person()
    reports = reports_on(session(), order)
    waiting = any(each.response.state is ResponseState.SUBMITTED for each in reports)
    may_decide = can(person, "response.decide")
    is_out = order.state in {OrderState.ISSUED, OrderState.SERVED}
    return {
        "reports": reports,
        "tasks": {each.response.id: _task(each.response) for each in reports},
        "may_decide": may_decide,
        "assignees": _assignees() if waiting and may_decide else [],
        "recheck_on": (today() + RECHECK_IN).isoformat(),
        "code_words": ANSWER_WORDS,
        "link": live_invitation(session(), order, now()) if is_out else None,
        "links": invitations_of(session(), order),
        "may_invite": is_out and can(person, "order.invite"),
    }


def link_of(order: Order) -> str:
    """The address that stands on the paper; "" where there is no live link, or the secret that made it is gone."""
    found = live_invitation(session(), order, now()) if order.state is not OrderState.WITHDRAWN else None
    token = token_of(key_ring().link, found) if found else None
    return _address(token) if token else ""


def _address(token: str) -> str:
    path = url_for("portal.link_letter", token=token)
    return (current_app.config["PUBLIC_URL"].rstrip("/") or request.host_url.rstrip("/")) + path


def drawing_of(address: str) -> Markup:
    return Markup(code_of(address))  # noqa: S704 - drawn by segno from an address of ours, with nothing typed in it


def _task(response: Response) -> Task | None:
    return session().get(Task, (response.county, response.task_id)) if response.task_id else None


def _assignees() -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in list_assignees(session(), current_person())]
