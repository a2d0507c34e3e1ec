"""What goes to everyone: numbers of persons are hidden by their form, probable names told to the editor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.reporting.bulletins.masking import Mask
from inspections.reporting.bulletins.names_left import MOST, names_left

MASK = Mask(["张敏"], {"启航培训中心": "某校外培训机构"})
DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
GAP = st.sampled_from(["", " ", "-"])


def digits(n: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=n, max_size=n)


@st.composite
def identities(draw: st.DrawFn) -> str:
    gap, birth = draw(GAP), draw(st.dates()).strftime("%m%d")
    year = draw(st.sampled_from(["1968", "2011", "1999"]))
    return f"{draw(digits(6))}{gap}{year}{birth}{gap}{draw(digits(3))}{draw(st.sampled_from(DIGITS + 'Xx'))}"


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    gap = draw(GAP)
    return f"1{draw(st.sampled_from('3456789'))}{draw(digits(1))}{gap}{draw(digits(4))}{gap}{draw(digits(4))}"


@st.composite
def accounts(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(digits(draw(st.integers(12, 32))))
    gap = draw(st.sampled_from([" ", "-"]))
    return gap.join([draw(digits(4)) for _ in range(4)] + ([draw(digits(3))] if draw(st.booleans()) else []))


@st.composite
def plates(draw: st.DrawFn) -> str:
    head = f"{draw(st.sampled_from('赣浙京粤'))}{draw(st.sampled_from(LETTERS))}"
    tail = draw(st.text(LETTERS + DIGITS, min_size=4, max_size=4)) + draw(st.sampled_from(DIGITS))
    return head + draw(st.sampled_from(["", "·", " "])) + tail + draw(st.sampled_from(["", "6"]))


def wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in text)


@given(st.one_of(identities(), mobiles(), accounts(), plates()), st.booleans())
def test_a_number_of_a_person_is_hidden_wherever_it_stands(number: str, is_wide: bool) -> None:
    typed = wide(number) if is_wide else number
    for text in (f"联系{typed}，已核实", f"（{typed}）", typed, f"号码：{typed}。"):
        shown = MASK(text)
        assert number not in shown
        assert typed not in shown
        assert "（略）" in shown


@pytest.mark.parametrize(
    "said",
    [
        "微信号wang_li2011",
        "QQ：1234567",
        "邮箱 li.ming@example.com",
        "支付宝 13907931234",
        "身份证 362329800101123",
    ],
)
def test_other_numbers_and_addresses_are_hidden(said: str) -> None:
    assert "（略）" in MASK(f"家长加了{said}，缴费")


@pytest.mark.parametrize(
    "kept",
    [
        "2026年7月1日至9月25日，检查 1,204 次，收费 5000 元",
        "万教体〔2026〕12号",
        "2026-07-01 2026-09-25",
        "20:30 以后 12 处，比上期增加 15.3%",
        "退费 128000 元",
        "初一A1班 35 人",
        "川菜馆楼上 A12345",
    ],
)
def test_figures_dates_and_numbers_of_papers_stay(kept: str) -> None:
    assert MASK(kept) == kept


@given(st.text())
def test_any_text_is_masked_and_masking_again_changes_nothing(text: str) -> None:
    once = MASK(text)
    assert MASK(once) == once
    assert len(names_left(text)) <= MOST


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("据反映，陈老师在家补课。", ["陈老师"]),
        ("任课陈小红老师收取费用", ["陈小红老师"]),
        ("家长王丽反映，负责人：欧阳明，已退费", ["家长王丽", "负责人：欧阳明"]),
        ("由刘校长签字", ["刘校长"]),
        ("对周某、张某某老师批评教育", []),
        ("语文教师 12 人，任课教师 3 人，学生安全，家长满意", []),
        ("提高教师待遇，关于家长投诉，向家长公开，教师严禁补课", []),
        ("", []),
    ],
)
def test_probable_names_are_told(text: str, names: list[str]) -> None:
    assert names_left(text) == names
