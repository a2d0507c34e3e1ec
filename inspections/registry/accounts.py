"""Accounts and their sign-ins.

A policy shows an account to its own county, and to the transaction that names its login (`app.login`) or holds
the hash of one of its sign-in tokens (`app.sign_in`): so signing in needs no privileged role.
"""

import hashlib
import math
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import CHAR, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..db import Model, Recorded, new_id, scope
from ..errors import AccountDisabled, InspectionError, Invalid, Message, NotFound, say
from ..events import Event


class Account(Recorded, Model):
    """What a person signs in with. `login` is unique in the installation and stored in lower case."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("login"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    login: Mapped[str]
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(server_default="false")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    failed_count: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]


class SignIn(Model):
    """One signed-in device. The browser holds a random token, the row its SHA-256; `ended_at` revokes it."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    id: Mapped[UUID] = mapped_column(default=new_id, unique=True)
    device: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


MAX_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
SIGN_IN_LIFETIME = timedelta(days=30)
MIN_PASSWORD_LENGTH = 10

COST = RFC_9106_LOW_MEMORY  # 64 MiB: what the RFC recommends where memory is short
hasher = PasswordHasher.from_parameters(COST)


class SignInRefused(InspectionError):
    message = say("登录名或密码不对")


def begin_sign_in(session: Session, login: str, password: str, device: str, now: datetime) -> str | Message:
    """Check a password: the token of a new sign-in, or why not.

    The reason is returned, not raised, because the failure that it counts must be committed.
    """
    account = find_account(session, login)
    if account is None:
        _matches(_nobodys_hash(), password)
        return SignInRefused.message
    scope(session, account.county)
    if account.locked_until and account.locked_until > now:
        return say("密码错误次数过多，账号已锁定，请 {minutes} 分钟后再试", minutes=_minutes_left(account, now))
    if not _matches(account.password_hash, password):
        return _count_failure(account, now)
    if not _may_work(session, account):
        return AccountDisabled.message  # said to nobody who hasn't the password
    account.failed_count, account.locked_until = 0, None
    if hasher.check_needs_rehash(account.password_hash):
        account.password_hash = hasher.hash(password)
    return _open(session, account, device, now)


def find_account(session: Session, login: str) -> Account | None:
    """The account of a login, in whichever county it is."""
    login = login.strip().lower()
    scope(session, None, login=login)
    return session.scalars(select(Account).where(Account.login == login)).one_or_none()


def set_enabled(session: Session, login: str, *, is_active: bool) -> Account:
    """Disable an account, or let it work again: the operator's deed, written down as nobody's. Raises `NotFound`.

    Its sign-ins stay: each is refused while it is disabled, and what its phones still hold is sealed.
    """
    account = find_account(session, login)
    if account is None:
        raise NotFound(message=say("没有这个登录名：{login}", login=login))
    scope(session, account.county)
    if account.is_active != is_active:
        account.is_active = is_active
        verb = "enable" if is_active else "disable"
        session.add(Event(county=account.county, verb=verb, subject=account.__tablename__, subject_id=account.id))
    return account


def list_sign_ins(session: Session, account: Account, now: datetime) -> Sequence[SignIn]:
    """Devices on which the account is signed in, the last seen first."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.seen_at.desc())
    ).all()


def end_sign_in(session: Session, account: Account, sign_in_id: UUID, now: datetime) -> None:
    """Revoke one device of the account."""
    found = session.scalars(
        select(SignIn).where(SignIn.account_id == account.id, SignIn.id == sign_in_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    found.ended_at = found.ended_at or now


def change_password(session: Session, account: Account, old: str, new: str, keep: SignIn, now: datetime) -> None:
    """Set a new password and end every other sign-in of the account."""
    if not _matches(account.password_hash, old):
        raise Invalid({"old": say("原密码不对")})
    if len(new) < MIN_PASSWORD_LENGTH:
        raise Invalid({"new": say("新密码至少 {length} 位", length=MIN_PASSWORD_LENGTH)})
    if new == old or account.login in new.lower():
        raise Invalid({"new": say("新密码不能与原密码相同，也不能含有登录名")})
    account.password_hash = hasher.hash(new)
    account.must_change_password = False
    for other in list_sign_ins(session, account, now):
        if other.token_hash != keep.token_hash:
            other.ended_at = now


@cache
def _nobodys_hash() -> str:
    """Verified when no account has the login, so that the time an answer takes does not tell who exists."""
    return hasher.hash(secrets.token_urlsafe())


def _matches(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _count_failure(account: Account, now: datetime) -> Message:
    account.failed_count += 1
    if account.failed_count >= MAX_FAILURES:
        account.failed_count, account.locked_until = 0, now + LOCK_TIME
        return say("密码错误次数过多，账号已锁定，请 {minutes} 分钟后再试", minutes=_minutes_left(account, now))
    return SignInRefused.message


def _may_work(session: Session, account: Account) -> bool:
    from .people import person_of  # people know this module's table

    person = person_of(session, account)
    return account.is_active and (person is None or person.is_active)


def _minutes_left(account: Account, now: datetime) -> int:
    return math.ceil(((account.locked_until or now) - now) / timedelta(minutes=1))


def _open(session: Session, account: Account, device: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_of(token),
            county=account.county,
            account_id=account.id,
            device=device[:200],
            started_at=now,
            seen_at=now,
            expires_at=now + SIGN_IN_LIFETIME,
        )
    )
    return token


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
