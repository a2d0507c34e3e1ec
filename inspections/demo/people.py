"""Who works in the demo county: departments, people with their roles, certificates and accounts.

One argon2 hash is computed and shared by all demo accounts: they have one public password, so a salt of their own
would protect nothing and cost a second and a half.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from ..errors import Message, say
from ..registry.accounts import Account, hasher
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Certificate, Person, PersonRole, Role
from . import names
from .book import Book, Row
from .chance import Chance

PASSWORD = "mingcha-demo"  # noqa: S105 - public by purpose; shown on the sign-in page of a demonstration
LOGINS: list[tuple[str, Message]] = [
    ("inspector", Role.INSPECTOR.label),
    ("grid", Role.GRID_WORKER.label),
    ("enforcer", Role.ENFORCER.label),
    ("volunteer", Role.VOLUNTEER.label),
    ("township", Role.TOWNSHIP_ADMIN.label),
    ("dispatcher", Role.DISPATCHER.label),
    ("director", Role.DIRECTOR.label),
    ("school", Role.SCHOOL_USER.label),
    ("institution", Role.INSTITUTION_USER.label),
    ("auditor", Role.AUDITOR.label),
    ("legal", Role.LEGAL_REVIEWER.label),
    ("operator", Role.OPERATOR.label),
]
# Of the offices above the county
HIGHER_LOGINS: list[tuple[str, Message]] = [
    ("prefecture", say("市级督导部门")),
    ("province", say("省级督导部门")),
]

DEPARTMENTS = {
    DepartmentKind.EDUCATION: "青岚县教育体育局",
    DepartmentKind.MARKET: "青岚县市场监督管理局",
    DepartmentKind.CIVIL_AFFAIRS: "青岚县民政局",
    DepartmentKind.POLICE: "青岚县公安局",
    DepartmentKind.URBAN: "青岚县城市管理局",
    DepartmentKind.FIRE: "青岚县消防救援大队",
    DepartmentKind.CULTURE: "青岚县文化旅游体育局",
    DepartmentKind.DISCIPLINE: "青岚县纪委监委派驻组",
}
# Role, login, count, departments in turn (None: that of a township), first names given.
STAFF: list[tuple[Role, str, int, tuple[DepartmentKind | None, ...], str]] = [
    (Role.INSPECTOR, "inspector", 7, (DepartmentKind.EDUCATION,), "张敏"),
    (Role.GRID_WORKER, "grid", 9, (None,), "王桂英"),
    (
        Role.ENFORCER,
        "enforcer",
        7,
        (
            DepartmentKind.MARKET,
            DepartmentKind.EDUCATION,
            DepartmentKind.CIVIL_AFFAIRS,
            DepartmentKind.POLICE,
            DepartmentKind.URBAN,
            DepartmentKind.FIRE,
            DepartmentKind.CULTURE,
        ),
        "赵强",
    ),
    (Role.VOLUNTEER, "volunteer", 3, (None,), "周静"),
    (Role.TOWNSHIP_ADMIN, "township", 5, (None,), "陈建华"),
    (Role.DISPATCHER, "dispatcher", 2, (DepartmentKind.EDUCATION,), "李晓东"),
    (Role.DIRECTOR, "director", 1, (DepartmentKind.EDUCATION,), "刘明远"),
    (Role.AUDITOR, "auditor", 1, (DepartmentKind.DISCIPLINE,), "孙平"),
    (Role.LEGAL_REVIEWER, "legal", 1, (DepartmentKind.EDUCATION,), "吴思源"),
    (Role.OPERATOR, "operator", 2, (DepartmentKind.EDUCATION,), "何晓燕"),
]
CERTIFIED = {Role.INSPECTOR, Role.ENFORCER}
RAN_OUT = {"inspector7", "enforcer6"}  # their certificates: what they record is a lead


@dataclass
class Worker:
    """A person of the demo county as the story needs them. `township` is an index, None for the whole county."""

    id: UUID
    name: str
    role: Role
    login: str
    township: int | None
    department: str
    certificate: str | None
    valid_until: date | None
    sequence: int = 0  # of the last record that their phone sent
    busy_until: datetime | None = None

    def certificate_on(self, day: date) -> str | None:
        return self.certificate if self.valid_until and day <= self.valid_until else None


@dataclass
class Staff:
    by_role: dict[Role, list[Worker]] = field(default_factory=dict)

    def of(self, role: Role) -> list[Worker]:
        return self.by_role.get(role, [])

    def first(self, role: Role) -> Worker:
        return self.by_role[role][0]

    @property
    def all(self) -> list[Worker]:
        return [worker for workers in self.by_role.values() for worker in workers]

    def near(self, role: Role, township: int) -> Worker:
        """The one whose township it is, else the one it falls to."""
        workers = self.of(role)
        own = [worker for worker in workers if worker.township == township]
        return own[0] if own else workers[township % len(workers)]


def hire(book: Book, township_ids: list[UUID]) -> Staff:
    chance = book.chance.stream("people")
    departments = _departments(book, township_ids)
    password_hash = hasher.hash(PASSWORD)
    staff = Staff()
    for role, login, count, kinds, first in STAFF:
        for i in range(count):
            township = i if None in kinds or role is Role.TOWNSHIP_ADMIN else None
            if role is Role.GRID_WORKER:  # three share the county town
                township = max(i - 2, 0)
            kind = kinds[i % len(kinds)]
            department = departments[kind] if kind else departments[township or 0]
            worker = _worker(book, chance, role, login, i, first if i == 0 else names.person(chance), township)
            worker.department = department["name"]
            account = _account(book, worker, password_hash)
            person_row(book, worker, account["id"], department["id"], township_ids, phone=names.phone(chance))
            staff.by_role.setdefault(role, []).append(worker)
    return staff


def hire_head(
    book: Book, role: Role, login: str | None, name: str, site: Row, department: UUID, password_hash: str
) -> Worker:
    """The head of a school or institution, who sees that site alone."""
    at = book.days_ago(380)
    worker = Worker(book.new_id(at), name, role, login or "", None, site["name"], None, None)
    account_id = _account(book, worker, password_hash)["id"] if login else None
    person_row(book, worker, account_id, department, [], site_id=site["id"], phone=site["phone"])
    return worker


def person_row(
    book: Book,
    worker: Worker,
    account_id: UUID | None,
    department_id: UUID,
    township_ids: list[UUID],
    site_id: UUID | None = None,
    phone: str | None = None,
) -> None:
    book.add(
        Person,
        id=worker.id,
        name=worker.name,
        phone=phone,
        department_id=department_id,
        township_id=None if worker.township is None else township_ids[worker.township],
        site_id=site_id,
        account_id=account_id,
        language="zh",
    )
    book.add(PersonRole, person_id=worker.id, role=worker.role)
    if worker.certificate:
        book.add(
            Certificate,
            id=book.new_id(book.days_ago(380)),
            person_id=worker.id,
            number=worker.certificate,
            issuer=f"{names.COUNTY_PLAIN}人民政府（演示）",
            valid_from=(worker.valid_until or book.today) - timedelta(days=5 * 365),
            valid_until=worker.valid_until,
        )


def _worker(book: Book, chance: Chance, role: Role, login: str, i: int, name: str, township: int | None) -> Worker:
    login = login if i == 0 else f"{login}{i + 1}"
    certificate = f"YS{names.COUNTY_CODE}{chance.randrange(10_000):04}{i}" if role in CERTIFIED else None
    days = -45 if login in RAN_OUT else chance.randint(120, 1500)
    valid_until = book.today + timedelta(days=days) if certificate else None
    return Worker(book.new_id(book.days_ago(380)), name, role, login, township, "", certificate, valid_until)


def _account(book: Book, worker: Worker, password_hash: str) -> Row:
    """In demo mode the known password may be kept; elsewhere it must be changed at the first sign-in."""
    made = book.new_id(book.days_ago(380))
    return book.add(Account, id=made, login=worker.login, password_hash=password_hash, must_change_password=True)


def _departments(book: Book, township_ids: list[UUID]) -> dict[DepartmentKind | int, Row]:
    made: dict[DepartmentKind | int, Row] = {}
    at = book.days_ago(380)
    for kind, name in DEPARTMENTS.items():
        made[kind] = book.add(Department, id=book.new_id(at), name=name, kind=kind, township_id=None)
    for i, township_id in enumerate(township_ids):
        name = f"{names.TOWNSHIPS[i]}人民政府"
        made[i] = book.add(
            Department, id=book.new_id(at), name=name, kind=DepartmentKind.TOWNSHIP, township_id=township_id
        )
    made[DepartmentKind.SCHOOL] = book.add(
        Department, id=book.new_id(at), name="学校与校外培训机构", kind=DepartmentKind.SCHOOL, township_id=None
    )
    return made
