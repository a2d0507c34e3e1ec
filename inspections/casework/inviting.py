"""A link is made for an order, and ended: at its issue, when a paper was lost, when it ran out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..db import new_id
from ..errors import Conflict, Invalid, say
from ..registry.accounts import hash_of
from ..registry.people import Person
from .invitations import LIFETIME, Invitation, invitations_of, make_token
from .orders import Order, OrderState

LONGEST_REASON = 200


def invite(session: Session, person: Person, order_id: UUID, keys: Sequence[bytes], now: datetime) -> Invitation:
    """A new link for an issued order; those before it end. Raises Conflict where there is nothing to answer."""
    require(person, "order.invite")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    if order.state not in {OrderState.ISSUED, OrderState.SERVED}:
        raise Conflict(say("这份文书是“{state}”，没有可以回复的链接", state=order.state.label))
    if not keys:
        raise Conflict(say("服务器没有设置密钥（MINGCHA_SECRET_KEY），不能制作链接，请联系管理员"))
    for earlier in invitations_of(session, order):
        if earlier.is_live(now):
            _end(earlier, person, now)
    key = new_id()
    made = Invitation(
        county=order.county,
        id=key,
        order_id=order.id,
        token_hash=hash_of(make_token(keys[0], key)),
        made_by_id=person.id,
        made_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(made)
    session.flush()
    events.record(session, person, "invite", order, link=str(made.id))
    return made


def revoke(session: Session, person: Person, invitation_id: UUID, reason: str, now: datetime) -> Invitation:
    """End a link, as when its paper was lost. Raises NotFound, Conflict, Invalid."""
    require(person, "order.invite")
    found = get(session, person, Invitation, invitation_id)
    session.refresh(found, with_for_update=True)
    if not found.is_live(now):
        raise Conflict(say("这个链接已经失效"))
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid({"link_reason": say("请写明停用链接的原因，最多 {n} 字", n=LONGEST_REASON)})
    _end(found, person, now)
    session.flush()
    subject = session.get_one(Order, (found.county, found.order_id)) if found.order_id else found
    events.record(session, person, "revoke_link", subject, link=str(found.id), reason=reason.strip())
    return found


def _end(invitation: Invitation, person: Person, now: datetime) -> None:
    invitation.revoked_at, invitation.revoked_by_id = now, person.id
