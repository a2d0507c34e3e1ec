import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.intake.clues import ClueKind, GivenClue, add_clues, find_clues, normalise
from tests.factories import NOW, make_tip


def found(text: str) -> list[tuple[str, str]]:
    return [(clue.kind.value, normalise(clue.kind, clue.text)) for clue in find_clues(text)]


def test_phones_wechat_names_and_accounts_are_found_in_running_text() -> None:
    text = "广告上写着 138-0000 1234，座机0793-8621234，加微信号:wangls_88 报名，钱打到支付宝 wang@example.cn"
    assert found(text) == [
        ("phone", "13800001234"),
        ("phone", "07938621234"),
        ("wechat", "wangls_88"),
        ("payment", "wang@example.cn"),
    ]


def test_numbers_in_full_width_letters_are_the_same_numbers() -> None:
    assert found("电话１３８００００１２３４") == [("phone", "13800001234")]


@pytest.mark.parametrize("words", ["我的电话是", "本人手机：", "我电话", "举报人联系电话 ", "家长电话"])
def test_a_number_that_the_writer_calls_his_own_is_no_clue(words: str) -> None:
    assert find_clues(f"四楼晚上补课，{words}13800001234") == []


def test_a_number_inside_a_longer_one_is_no_phone() -> None:
    assert find_clues("编号 9138000012345678") == []


def test_two_ways_to_write_one_clue_are_one_value() -> None:
    assert normalise(ClueKind.PHONE, "+86 138 0000 1234") == normalise(ClueKind.PHONE, "13800001234")
    assert normalise(ClueKind.TEACHER, "王老师") == normalise(ClueKind.TEACHER, " 王 ")
    assert normalise(ClueKind.NAME, "小太阳·托管（城东店）") == normalise(ClueKind.NAME, "小太阳托管 城东店")


def test_a_clue_said_twice_is_kept_once_and_an_empty_one_not_at_all(session) -> None:
    tip = make_tip(session)
    clues = [
        GivenClue(kind=ClueKind.PHONE, text="138-0000-1234"),
        GivenClue(kind=ClueKind.PHONE, text="13800001234"),
        GivenClue(kind=ClueKind.NAME, text="！！"),
    ]
    assert [clue.value for clue in add_clues(session, tip.county, clues, tip=tip, at=NOW)] == ["13800001234"]


@given(st.text(max_size=300))
def test_any_text_can_be_searched_and_each_find_has_a_value(text: str) -> None:
    assert all(normalise(clue.kind, clue.text) for clue in find_clues(text))


@given(st.sampled_from(ClueKind), st.text(max_size=100))
def test_what_is_normalised_stays_as_it_is(kind: ClueKind, text: str) -> None:
    once = normalise(kind, text)
    assert kind is ClueKind.TEACHER or normalise(kind, once) == once
