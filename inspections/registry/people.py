"""People, their roles and their certificates."""

from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import CHAR, Index, Select, UniqueConstraint, and_, bindparam, select
from sqlalchemy.orm import Mapped, Session, contains_eager, defer, joinedload, mapped_column, relationship

from ..db import CountyRow, Model, Recorded, enter, in_county, remember, scope
from ..errors import Message, say
from ..vocabulary import Choice, choice
from .accounts import Account, SignIn, hash_of, hasher

SEEN_AGAIN = timedelta(minutes=5)


class Role(Choice):
    """Who may do what is said in `inspections.access`."""

    INSPECTOR = "inspector", say("责任督学")
    GRID_WORKER = "grid_worker", say("网格员")
    ENFORCER = "enforcer", say("联合执法人员")
    VOLUNTEER = "volunteer", say("社会监督员")
    TOWNSHIP_ADMIN = "township_admin", say("镇街负责人")
    DISPATCHER = "dispatcher", say("区县专班")
    DIRECTOR = "director", say("领导小组")
    SCHOOL_USER = "school_user", say("学校负责人")
    INSTITUTION_USER = "institution_user", say("机构负责人")
    AUDITOR = "auditor", say("纪检审计")
    SUPERIOR = "superior", say("上级督导部门")
    LEGAL_REVIEWER = "legal_reviewer", say("法制审核人员")
    OPERATOR = "operator", say("举报受理员")


class Person(CountyRow, Recorded, Model):
    """Someone who works with the system. `township_id` and `site_id` narrow what they see, by role."""

    __tablename__ = "people"
    __table_args__ = (
        in_county("department_id", "departments"),
        in_county("township_id", "areas"),
        in_county("site_id", "sites", use_alter=True),
        UniqueConstraint("county", "account_id"),
        Index("ix_people_county_site_id", "county", "site_id"),
    )

    name: Mapped[str]
    phone: Mapped[str | None]
    department_id: Mapped[UUID | None]
    township_id: Mapped[UUID | None]
    site_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(server_default="zh")
    theme: Mapped[str] = mapped_column(server_default="light")
    type_size: Mapped[str] = mapped_column(server_default="normal")
    is_active: Mapped[bool] = mapped_column(server_default="true")

    grants: Mapped[list["PersonRole"]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    certificates: Mapped[list["Certificate"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def person_id(self) -> UUID:
        """As one who acts (`events.Actor`)."""
        return self.id

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def role_names(self) -> list[Message]:
        return [grant.role.label for grant in self.grants]

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def certificate_on(self, day: date) -> "Certificate | None":
        """A certificate that is valid on a day, or None: then what the person records is a lead."""
        return next((each for each in self.certificates if each.is_valid_on(day)), None)


class PersonRole(Model):
    """A role that a person has; without one a person may do nothing."""

    __tablename__ = "person_roles"
    __table_args__ = (in_county("person_id", "people", ondelete="CASCADE"),)

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(choice(Role, "role"), primary_key=True)


class Certificate(CountyRow, Recorded, Model):
    """An enforcement certificate 行政执法证 or a letter of appointment as inspector 督学证."""

    __tablename__ = "certificates"
    __table_args__ = (
        in_county("person_id", "people", ondelete="CASCADE"),
        UniqueConstraint("county", "number"),
    )

    person_id: Mapped[UUID]
    number: Mapped[str]
    issuer: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


def find_signed_in(session: Session, token: str, now: datetime) -> tuple[SignIn, Person | None] | None:
    """The live sign-in of a token and whose it is, and the session scoped to both; None if it ended or ran out.

    Its account may have been disabled since: that is for the caller to see.
    """
    token_hash = hash_of(token)
    enter(session, token_hash, now)
    found = session.execute(_signed_in(), {"token_hash": token_hash}).unique().one_or_none()
    if found is None:
        return None
    sign_in, person = found
    remember(session, sign_in.county, person.id if person else None)
    if now - sign_in.seen_at > SEEN_AGAIN:
        sign_in.seen_at = now
    return sign_in, person


@cache
def _signed_in() -> Select[SignIn, Person]:
    """Asked with each request, so it is made once, and is one query for the roles and certificates too.

    What few requests need, such as the hash of the password, is fetched by those.
    """
    return (
        select(SignIn, Person)
        .join(SignIn.account)
        .outerjoin(Person, and_(Person.county == SignIn.county, Person.account_id == SignIn.account_id))
        .options(
            contains_eager(SignIn.account).load_only(
                Account.county, Account.login, Account.must_change_password, Account.is_active
            ),
            defer(Person.created_at),
            defer(Person.updated_at),
            joinedload(Person.grants),
            joinedload(Person.certificates).load_only(
                Certificate.number, Certificate.issuer, Certificate.valid_from, Certificate.valid_until
            ),
        )
        .where(SignIn.token_hash == bindparam("token_hash"))
    )


def person_of(session: Session, account: Account) -> Person | None:
    """The person an account belongs to; the session's scope then names them too."""
    query = select(Person).where(Person.county == account.county, Person.account_id == account.id)
    found = session.scalars(query).one_or_none()
    if found is not None:
        scope(session, found.county, found.id)
    return found


def is_enabled(session: Session, person: Person) -> bool:
    """Whether the person may work: neither the person nor the account was disabled."""
    account = session.get(Account, person.account_id) if person.account_id else None
    return person.is_active and (account is None or account.is_active)


def create_person(session: Session, county: str, name: str, login: str, password: str, role: Role) -> Person:
    """A person with an account whose first password must be changed: how a county gets its first user."""
    scope(session, county)
    account = Account(
        county=county,
        login=login.strip().lower(),
        password_hash=hasher.hash(password),
        must_change_password=True,
    )
    session.add(account)
    session.flush()
    person = Person(county=county, name=name, account_id=account.id)
    person.grants = [PersonRole(county=county, role=role)]
    session.add(person)
    session.flush()
    return person
