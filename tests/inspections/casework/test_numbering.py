from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.issuing import issue
from inspections.casework.numbering import OrderCounter, as_text, prefix_of, set_prefix, take
from inspections.casework.orders import Order, OrderKind
from inspections.db import scope
from inspections.errors import Forbidden, Invalid
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, make_person
from tests.orders import AT, TODAY, Case

NOTICE, PRESSING = OrderKind.RECTIFICATION, OrderKind.SUPERVISION


def test_numbers_run_by_county_kind_and_year(session: Session) -> None:
    taken = [take(session, COUNTY, NOTICE, 2026) for _ in range(3)]
    assert [each.number for each in taken] == [1, 2, 3]
    assert taken[2].text == "万教整改〔2026〕3号"
    assert take(session, COUNTY, PRESSING, 2026).text == "万教督办〔2026〕1号"
    assert take(session, COUNTY, NOTICE, 2027).text == "万教整改〔2027〕1号"
    scope(session, "421303")
    assert take(session, "421303", NOTICE, 2026).text == "曾教整改〔2026〕1号"


def test_a_prefix_is_the_countys_own_and_old_numbers_keep_theirs(session: Session) -> None:
    li = make_person(session, Role.DISPATCHER)
    take(session, COUNTY, NOTICE, 2026)
    set_prefix(session, li, NOTICE, " 万教体整改 ")
    assert take(session, COUNTY, NOTICE, 2026).text == "万教体整改〔2026〕2号"
    for wrong in ("", "万", "万教整改〔2026〕", "=cmd", "万" * 21, "{{7*7}}", "</w:t>"):
        with pytest.raises(Invalid, match="请填写 2 至 20 个汉字或字母"):
            set_prefix(session, li, NOTICE, wrong)
    assert prefix_of(session, COUNTY, NOTICE) == "万教体整改"
    with pytest.raises(Forbidden):
        set_prefix(session, make_person(session, Role.INSPECTOR), NOTICE, "万教")


def test_two_kinds_never_share_a_prefix_not_even_an_old_one(session: Session) -> None:
    case = Case(session)
    assert case.issued().number_text == "万教整改〔2026〕1号"
    set_prefix(session, case.dispatcher, NOTICE, "万整")
    for used in ("万整", "万教整改"):
        with pytest.raises(Invalid, match="已用于另一类文书"):
            set_prefix(session, case.dispatcher, PRESSING, used)


@pytest.fixture
def drafts(app_engine: Engine, owner_engine: Engine) -> Iterator[tuple[UUID, list[UUID]]]:
    """A hundred drafts that are really in the database, and the leader who signs them."""
    with Session(app_engine) as session:
        scope(session, COUNTY)
        case = Case(session, findings=0)
        found = []
        for n in range(100):
            case.findings = [case.find(f"问题 {n}")]
            found.append(case.drafted().id)
        session.commit()
        yield case.director.id, found
    with owner_engine.begin() as connection:
        for table in ("order_items", "orders", "order_counters"):
            connection.execute(text(f"delete from {table}"))


def issue_all(engine: Engine, director: UUID, drafts: list[UUID], fails: set[int]) -> list[str | None]:
    def one(n: int) -> str | None:
        with Session(engine) as session:
            scope(session, COUNTY)
            order = issue(session, session.get_one(Person, (COUNTY, director)), drafts[n], AT, TODAY)
            number = order.number_text
            if n in fails:
                session.rollback()
                return None
            session.commit()
            return number

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(one, range(len(drafts))))


def test_a_hundred_issued_at_once_have_no_gap_and_no_double(app_engine, drafts) -> None:
    director, ids = drafts
    numbers = issue_all(app_engine, director, ids, fails=set())
    assert sorted(numbers) == sorted(as_text("万教整改", 2026, n) for n in range(1, 101))


def test_what_is_rolled_back_leaves_no_gap(app_engine, drafts) -> None:
    director, ids = drafts
    numbers = issue_all(app_engine, director, ids, fails=set(range(0, 100, 3)))
    given = [number for number in numbers if number]
    assert sorted(given) == sorted(as_text("万教整改", 2026, n) for n in range(1, len(given) + 1))
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.scalars(select(OrderCounter.last)).one() == len(given) == 66


def test_one_draft_that_two_leaders_sign_at_once_has_one_number(app_engine, drafts) -> None:
    director, ids = drafts
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(issue_all, app_engine, director, ids[:1], set()) for _ in range(2)]
    errors = [str(each.exception()) for each in tries if each.exception()]
    assert errors == ["这份文书已经签发，文号 万教整改〔2026〕1号，没有重复编号"]


def test_the_database_itself_refuses_a_double_and_a_change_of_what_was_issued(session: Session) -> None:
    case = Case(session)
    first = case.issued()
    for statement in ("number = 7", "number_text = '万教整改〔2026〕7号'", "content = '{}'", "issued_at = now()"):
        with pytest.raises(DBAPIError, match="is issued and does not change"), session.begin_nested():
            session.execute(text(f"update orders set {statement}"))
    session.execute(text("delete from orders"))
    assert session.scalars(select(Order.id)).all() == [first.id]
    case.findings = [case.find("第三个问题")]
    other = case.drafted()
    with pytest.raises(DBAPIError, match="uq_orders_county_kind_year_number"), session.begin_nested():
        session.execute(
            text("update orders set state = 'issued', year = 2026, number = 1, number_text = 'x', content = '{}'"
                 " where id = :id"), {"id": other.id}
        )  # fmt: skip
