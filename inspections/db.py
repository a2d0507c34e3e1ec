"""Base of the tables, the county scope of a session, and constraint names as errors.

Every row of a county is keyed `(county, id)`: `county` is the six-digit division code (GB/T 2260), `id` a UUIDv7
made by the author of the record. Row-level security shows only the rows of the county that the transaction was
scoped to; an unscoped transaction sees none.
"""

import select
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
import uuid_utils.compat
from sqlalchemy import (
    CHAR,
    TIMESTAMP,
    URL,
    Connection,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .errors import Conflict, InspectionError, Invalid, say

APP_ROLE = "mingcha_app"


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class CountyRow:
    """Mixin: the key of a row that belongs to a county."""

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=lambda: new_id())


class Recorded:
    """Mixin: when the server first and last wrote the row (UTC)."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by the moment it was made."""
    return uuid_utils.compat.uuid7()


def in_county(
    column: str, table: str, *, ondelete: str | None = None, use_alter: bool = False
) -> ForeignKeyConstraint:
    """A foreign key that carries the county, so that no row can point into another county.

    `use_alter` marks the one key of a cycle that is added after the tables are made.
    """
    target = [f"{table}.county", f"{table}.id"]
    return ForeignKeyConstraint(["county", column], target, ondelete=ondelete, use_alter=use_alter)


# What the driver raises when the server is gone or refuses: the edge answers "later", not "broken".
DatabaseGone = OperationalError


RESTED_S = 30.0  # a connection that rested for longer is asked whether it lives


def connect(url: str | URL, **options: Any) -> Engine:
    """Engine for a PostGIS database; connections that died while idle are replaced unseen.

    A server that went away has closed its end, which is seen without asking it. After a longer rest a connection
    is asked as well: something between two machines may have dropped it in silence.
    """
    # What a statement was given never stands in the message of its error, and so in no log
    engine = create_engine(url, hide_parameters=True, **options)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "before_cursor_execute", _ask_in_binary)
    return engine


def _ask_in_binary(
    connection: Any, cursor: Any, statement: Any, parameters: Any, context: Any, executemany: bool
) -> None:
    """A statement with the option `in_binary` gets its values as the server has them: megabytes of bytes would be
    written as hex digits else, and read again.
    """
    if context is not None and context.execution_options.get("in_binary"):
        cursor.format = psycopg.pq.Format.BINARY


def _note_rest(connection: Any, record: Any) -> None:
    record.info["rests_since"] = monotonic()


def _refuse_dead(connection: Any, record: Any, proxy: Any) -> None:
    since = record.info.get("rests_since")
    if since is None:  # it was made a moment ago
        return
    try:
        ended = select.poll()
        ended.register(connection.fileno(), select.POLLIN)
        if ended.poll(0):
            raise DisconnectionError
        if monotonic() - since > RESTED_S:
            connection.execute("select 1")
            connection.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


@contextmanager
def session_of(url: str) -> Iterator[Session]:
    """A session by itself, outside of any pool that is kept, such as a command's."""
    engine = connect(url)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def scope(session: Session, county: str | None, person_id: UUID | None = None, **settings: str) -> None:
    """Say whose rows this session may see, for this transaction and each one that follows it.

    `settings` are the further `app.*` names that policies read: `login` and `sign_in`, while someone signs in, and
    `invitation`, while a link is followed.
    """
    if session.in_transaction():
        session.flush()  # what is pending belongs to the scope it was made in
    session.info["scope"] = {"county": county or "", "person": str(person_id or ""), **settings}
    if session.in_transaction():
        _set_scope(session.connection(), session.info["scope"])


def enter(session: Session, token_hash: str, moment: datetime) -> None:
    """Scope a session to the county of the sign-in that is live at a `moment`, and to its person; else to nothing.

    Every request begins with it, so the database finds out whose the token is by itself, and nobody waits for the
    answer. For the transactions that follow, `remember` must be told what was found.
    """
    session.info.pop("scope", None)
    with unanswered(session):
        session.execute(ENTER, {"token_hash": token_hash, "moment": moment})


def remember(session: Session, county: str, person_id: UUID | None) -> None:
    """The transactions that follow have the scope that `enter` gave to this one."""
    session.info["scope"] = {"county": county, "person": str(person_id or "")}


@contextmanager
def unanswered(session: Session) -> Iterator[None]:
    """Send statements whose answers nobody reads together with the beginning of their transaction.

    That is one way to the database and back instead of three. In a transaction that has begun they are executed
    as any other.
    """
    if session.in_transaction():
        yield
        return
    with ExitStack() as stack:
        session.info["unanswered"] = stack
        try:
            yield
        finally:
            del session.info["unanswered"]


@contextmanager
def _pipeline(connection: Connection) -> Iterator[None]:
    """Errors come at its end, and must look as if SQLAlchemy had met them."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance("", {}, error, psycopg.Error, dialect=connection.dialect) from error


@event.listens_for(Session, "after_begin")
def _scope_new_transaction(session: Session, transaction: Any, connection: Connection) -> None:
    # SET LOCAL dies with its transaction: after a commit in mid-request the next one would be blind.
    if stack := session.info.get("unanswered"):
        stack.enter_context(_pipeline(connection))
    if "scope" in session.info:
        _set_scope(connection, session.info["scope"])


def _set_scope(connection: Connection, names: dict[str, str]) -> None:
    connection.execute(
        SET_SCOPE, {"county": "", "person": "", "login": "", "sign_in": "", "invitation": ""} | names
    )


ENTER = text("select enter_by_token(:token_hash, :moment)")
SET_SCOPE = text(
    "select set_config('app.county', :county, true), set_config('app.person', :person, true),"
    " set_config('app.login', :login, true), set_config('app.sign_in', :sign_in, true),"
    " set_config('app.invitation', :invitation, true)"
)


CONSTRAINTS: dict[str, InspectionError] = {
    "uq_accounts_login": Invalid({"login": say("这个登录名已被使用")}),
    "uq_sites_county_kind_external_key": Invalid({"external_key": say("同类点位中已有这个编号")}),
    "uq_people_county_account_id": Invalid({"account_id": say("这个账号已属于另一人")}),
    "uq_grid_cells_county_code": Invalid({"code": say("网格编号重复")}),
    "uq_zones_county_name": Invalid({"name": say("已有同名责任区")}),
    "ck_checks_two_officers": Invalid({"second_person_id": say("两名检查人员不能是同一人")}),
    "pk_checks": Conflict(),
    "uq_order_items_live_finding": Conflict(say("这些问题里有的刚被开进另一份文书，请刷新后核对")),
    "uq_responses_waiting": Conflict(say("这份文书已有一份报告在审核，请等审核后再交")),
    "pk_responses": Conflict(say("这份报告已经收到，没有重复登记")),
    "uq_orders_county_number_text": Conflict(say("这个文号已经用过，请核对文号设置")),
    "ex_rules_days": Invalid({"valid_from": say("与这条规则的另一版时间重叠，请刷新后核对")}),
    "ex_school_periods_days": Invalid({"first_day": say("与另一个学期或假期重叠，请刷新后核对")}),
    "pk_checklists": Invalid({"code": say("本县已有这个编号的清单，请另取一个")}),
    "uq_checklists_draft": Conflict(say("这份清单已经有一份草稿，请刷新后在那份上改")),
    "uq_checklists_open_ended": Conflict(say("别人刚发布了这份清单，请刷新后再看")),
}


def error_from(error: IntegrityError) -> InspectionError:
    """The domain's error for a violated constraint; by kind where the name has no entry of its own."""
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    if name in CONSTRAINTS:
        return CONSTRAINTS[name]
    kind = name.partition("_")[0]
    if kind == "fk":
        return Invalid(message=say("引用的记录不存在或不在本县"))
    if kind in {"uq", "pk"}:
        return Conflict(say("这条记录已经存在"))
    return Invalid(message=say("内容不符合要求，未保存"))
