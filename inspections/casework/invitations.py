"""Invitations 邀请: a link, also as a QR code on the paper, by which a site answers without an account.

The token follows from the installation's secret and the row's id, so that a paper can be printed again with the
same code, and is stored nowhere: the row holds its SHA-256. A policy shows a row to the transaction that names the
hash (`app.invitation`), as with sign-ins.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import segno
from sqlalchemy import CHAR, CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..days import day_of
from ..db import CountyRow, Model, in_county, scope
from ..errors import Gone, Message, NotFound, say
from ..registry.accounts import hash_of
from ..selfcheck.campaigns import SelfCheck, SelfCheckCampaign
from .orders import Order, OrderState
from .responses import Response

Subject = Order | SelfCheck
TOKEN_BYTES = 24  # 192 bits
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
LIFETIME = timedelta(days=120)
MOST_RESPONSES = 10
# Words of papers, so in Chinese whatever the reader's language: beside the code, and over what is to be answered
ANSWER_WORDS = "扫码在线提交整改报告，不用账号；也可以登录系统提交。二维码只对应本文书，请勿外传。"
SUPERVISED_WORDS = "以下问题已列入督办，请在时限内整改，并报告整改情况。"
OPENED_AGAIN = timedelta(minutes=30)


class Invitation(CountyRow, Model):
    """A link to answer one order, or one self-check. `opened_at` is when it was last opened."""

    __tablename__ = "invitations"
    __table_args__ = (
        in_county("order_id", "orders"),
        in_county("self_check_id", "self_checks"),
        CheckConstraint("num_nonnulls(order_id, self_check_id) = 1", name="subject"),
        in_county("made_by_id", "people"),
        in_county("revoked_by_id", "people"),
        UniqueConstraint("token_hash"),
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_hash"),
        CheckConstraint("(revoked_at is null) = (revoked_by_id is null)", name="revoked"),
        Index("ix_invitations_county_order_id", "county", "order_id"),
        Index("ix_invitations_county_self_check_id", "county", "self_check_id"),
    )

    order_id: Mapped[UUID | None]
    self_check_id: Mapped[UUID | None]
    token_hash: Mapped[str] = mapped_column(CHAR(64))
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    revoked_by_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


@dataclass(frozen=True)
class Guest:
    """Whoever holds a link, as one who acts (`events.Actor`): an `id`, and no person."""

    county: str
    id: UUID
    person_id: None = None


class NoSuchLink(NotFound):
    message = say("这个链接不对，或者没有抄全。请重新扫文书上的二维码；仍打不开，请拨打文书上的联系电话")


class LinkEnded(Gone):
    """The link was good once."""

    message = say("这个链接已失效，请拨打文书上的联系电话，请对方发一个新的链接")


def token_of(keys: Sequence[bytes], invitation: Invitation) -> str | None:
    """The token of a row, None where the secret that made it is gone. 32 characters that stand in an address."""
    made = (make_token(key, invitation.id) for key in keys)
    return next((token for token in made if hash_of(token) == invitation.token_hash), None)


def make_token(key: bytes, invitation_id: UUID) -> str:
    digest = hmac.digest(key, b"invitation" + invitation_id.bytes, "sha256")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def code_of(address: str) -> str:
    """The QR code of a link as a drawing with no style of its own."""
    return segno.make(address, error="m", micro=False).svg_inline(border=4, omitsize=True, svgclass="qr")


def printed_code(address: str) -> bytes:
    """The same for a sheet of paper, as PNG. M: a seventh of it may be scratched."""
    file = BytesIO()
    segno.make(address, error="m", micro=False).save(file, kind="png", border=4, scale=8)
    return file.getvalue()


def live_invitation(session: Session, order: Order, now: datetime) -> Invitation | None:
    """The link that is printed on the paper."""
    query = select(Invitation).where(
        Invitation.county == order.county,
        Invitation.order_id == order.id,
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
    return session.scalars(query.order_by(Invitation.id.desc()).limit(1)).first()


def invitations_of(session: Session, order: Order) -> Sequence[Invitation]:
    """The newest first."""
    query = select(Invitation).where(Invitation.county == order.county, Invitation.order_id == order.id)
    return session.scalars(query.order_by(Invitation.id.desc())).all()


def enter_by_link(session: Session, token: str, now: datetime) -> tuple[Guest, Invitation, Subject]:
    """Who holds a token, and the order or self-check it leads to; the session is scoped to its county from here.

    Raises NoSuchLink for a token that never was, LinkEnded, in words that name whom to phone, for one that ended.
    """
    if not TOKEN.fullmatch(token):
        raise NoSuchLink
    token_hash = hash_of(token)
    scope(session, None, invitation=token_hash)
    found = session.scalars(select(Invitation).where(Invitation.token_hash == token_hash)).one_or_none()
    if found is None:
        raise NoSuchLink
    scope(session, found.county)
    subject, asking = _led_to(session, found)
    if ended := _why_ended(session, found, asking, now):
        raise LinkEnded(ended)
    return Guest(found.county, found.id), found, subject


def _led_to(session: Session, found: Invitation) -> tuple[Subject, Order | SelfCheckCampaign]:
    if found.order_id is not None:
        order = session.get_one(Order, (found.county, found.order_id))
        return order, order
    self_check = session.get_one(SelfCheck, (found.county, found.self_check_id))
    return self_check, session.get_one(SelfCheckCampaign, (found.county, self_check.campaign_id))


def _why_ended(
    session: Session, invitation: Invitation, order: Order | SelfCheckCampaign, now: datetime
) -> Message | None:
    whom: dict[str, Any] = {"contact": order.contact, "telephone": order.telephone}
    if isinstance(order, Order) and order.state is OrderState.WITHDRAWN:
        return say("这份文书已撤回，不用再回复。有疑问请联系{contact}，电话 {telephone}", **whom)
    if invitation.revoked_at is not None:
        return say("这个链接已停用。请联系{contact}，电话 {telephone}，请对方发一个新的链接", **whom)
    if invitation.expires_at <= now:
        whom["day"] = day_of(invitation.expires_at).isoformat()
        return say("这个链接已于 {day} 到期。请联系{contact}，电话 {telephone}，请对方发一个新的链接", **whom)
    if _sent_by(session, invitation) >= MOST_RESPONSES:
        return say(
            "这个链接已经用过 {n} 次，不能再用。请联系{contact}，电话 {telephone}", n=MOST_RESPONSES, **whom
        )
    return None


def _sent_by(session: Session, invitation: Invitation) -> int:
    sent = select(func.count()).where(
        Response.county == invitation.county, Response.invitation_id == invitation.id
    )
    return session.scalar(sent) or 0


def note_opened(session: Session, guest: Guest, invitation: Invitation, order: Subject, now: datetime) -> None:
    """Write down that a link was opened, not more often than every half hour."""
    if invitation.opened_at and now - invitation.opened_at < OPENED_AGAIN:
        return
    invitation.opened_at = now
    events.record(session, guest, "open_link", order, link=str(invitation.id))
