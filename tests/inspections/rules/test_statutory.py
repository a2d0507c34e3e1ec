"""A year's calendar is read from the words of its notice, or refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.registry.people import Person, Role
from inspections.rules.rule_data import read_years
from inspections.rules.statutory import enter_year, list_years, read_notice
from tests.factories import COUNTY, make_person

NOTICE_2026 = """经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
鼓励单位和个人结合落实带薪年休假等制度，实际形成较长假期。"""
# Invented: the county tries a year of its own
NOTICE_2027 = (
    "一、元旦：1月1日至3日放假，共3天。二、春节：2月5日至12日放假调休，共8天。2月14日上班。"
    "三、清明节：4月3日至5日放假，共3天。四、劳动节：5月1日至5日放假调休，共5天。5月8日上班。"
    "五、端午节：6月9日放假，共1天。六、国庆节：10月1日至7日放假调休，共7天。9月26日、10月9日上班。"
)
FORM = {"year": "2027", "source": "国务院办公厅关于2027年部分节假日安排的通知", "notice": NOTICE_2027}


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def refused(session: Session, person: Person, **changes: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        enter_year(session, person, FORM | changes)
    return {name: str(message) for name, message in caught.value.fields.items()}


def test_the_notice_of_2026_reads_as_the_calendar_that_is_carried() -> None:
    off, work = read_notice(2026, NOTICE_2026)
    carried = next(row for row in read_years() if row["year"] == 2026)
    assert (off, work) == (carried["off"], carried["work"])


def test_a_year_of_its_own_is_entered_and_seen_by_this_county_alone(session: Session, dispatcher: Person) -> None:
    row = enter_year(session, dispatcher, FORM)
    assert row.off["2027-02-05"] == "春节"
    assert row.work == {
        "2027-02-14": "春节",
        "2027-05-08": "劳动节",
        "2027-09-26": "国庆节",
        "2027-10-09": "国庆节",
    }
    assert 2027 in [year.year for year in list_years(session, COUNTY)]
    scope(session, "421303")
    assert 2027 not in [year.year for year in list_years(session, "421303")]
    assert 2026 in [year.year for year in list_years(session, "421303")]


def test_a_year_that_is_known_is_not_entered_again(session: Session, dispatcher: Person) -> None:
    with pytest.raises(Conflict, match="2026"):
        enter_year(session, dispatcher, FORM | {"year": "2026", "notice": NOTICE_2026})


def test_a_count_that_does_not_tie_with_the_dates_is_refused(session: Session, dispatcher: Person) -> None:
    wrong = NOTICE_2027.replace("放假调休，共8天", "放假调休，共9天")
    assert refused(session, dispatcher, notice=wrong) == {"notice": "“春节”的日期和天数对不上，请核对"}


def test_a_make_up_day_in_the_week_is_refused(session: Session, dispatcher: Person) -> None:
    wrong = NOTICE_2027.replace("2月14日上班", "2月15日上班")
    assert refused(session, dispatcher, notice=wrong) == {
        "notice": "2027-02-15 不是周末，不会是调休上班日，请核对"
    }


def test_a_day_that_is_not_in_the_calendar_is_refused(session: Session, dispatcher: Person) -> None:
    wrong = NOTICE_2027.replace("4月3日至5日", "4月31日至5日")
    assert refused(session, dispatcher, notice=wrong) == {"notice": "没有 4 月 31 日，请核对"}


def test_half_a_notice_and_no_source_are_refused(session: Session, dispatcher: Person) -> None:
    assert set(refused(session, dispatcher, notice="一、元旦：1月1日放假。", source="")) == {"notice", "source"}
    assert set(refused(session, dispatcher, year="二〇二七")) == {"year"}


@given(
    st.integers(2020, 2090),
    st.text(alphabet="一二三、：1234567890月日至放假共天上班（）。 \n元旦春节", max_size=200),
)
def test_any_text_is_read_or_refused(year: int, notice: str) -> None:
    try:
        off, work = read_notice(year, notice)
    except Invalid as error:
        off, work = {}, {}
        named = set(error.fields)
    else:
        named = {"notice"}
    assert named == {"notice"}
    assert not off.keys() & work.keys()


def test_an_inspector_enters_no_calendar(session: Session) -> None:
    with pytest.raises(Forbidden):
        enter_year(session, make_person(session, Role.INSPECTOR), FORM)


@pytest.mark.parametrize("region", ["000000", "360000", "421303"])
def test_the_app_writes_no_calendar_of_another_region(session: Session, region: str) -> None:
    values: dict[str, Any] = {"region": region}
    with pytest.raises(DBAPIError, match="row-level security"):
        session.execute(
            text(
                "insert into statutory_years (region, year, id, source, off, work)"
                " values (:region, 2050, gen_random_uuid(), 'x', '{}', '{}')"
            ),
            values,
        )
