import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.registry import credit_code

# Published codes: Tencent 腾讯, Huawei 华为, Alibaba 阿里巴巴, and the example of GS 15-2006.
PUBLISHED = ["9144030071526726XG", "914403001922038216", "91330100799655058B"]
OLD_EXAMPLE = "110108000000016"

bodies = st.tuples(
    st.text("123456789ANY", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(credit_code.ALPHABET, min_size=9, max_size=9),
).map("".join)


@pytest.mark.parametrize("code", [*PUBLISHED, OLD_EXAMPLE])
def test_published_codes_are_right(code):
    assert credit_code.fault(code) is None


@given(bodies, st.integers(0, 17), st.sampled_from(credit_code.ALPHABET))
def test_any_single_wrong_character_is_caught(body, place, other):
    code = body + credit_code.check_digit(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert credit_code.fault(code) is None
    assert (credit_code.fault(wrong) is None) == (wrong == code)


@given(bodies, st.integers(0, 16))
def test_a_swap_of_two_unequal_neighbours_is_caught(body, place):
    code = body + credit_code.check_digit(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (credit_code.fault(swapped) is None) == (swapped == code)


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 14), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_of_an_old_number_is_caught(body, place, other):
    number = body + credit_code.registration_check_digit(body)
    wrong = number[:place] + other + number[place + 1 :]
    assert credit_code.fault(number) is None
    assert (credit_code.fault(wrong) is None) == (wrong == number)


def test_full_width_spaced_and_lower_case_codes_are_read():
    assert credit_code.fault("９１４４０３００ 7152-6726xg") is None
    assert credit_code.normalised("９１４４０３００ 7152-6726xg") == "9144030071526726XG"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("9144030071526726XH", "校验位不对"),
        ("9144030O71526726XG", "字符“O”"),
        ("914403007152", "应为 18 位（旧注册号 15 位），现在是 12 位"),
        ("3.61129E+14", "科学计数法"),
        ("914403001922038000", "后三位已丢失"),
        ("91ABCDEF71526726XG", "6 位数字"),
        ("110108000000017", "15 位注册号的校验位不对"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(code, words):
    assert words in str(credit_code.fault(code))


@given(st.text(max_size=40))
def test_any_text_is_judged_without_falling_over(text):
    credit_code.fault(text)
