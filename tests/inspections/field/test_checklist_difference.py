from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_difference import Fate, compare, pieces

ITEMS = tuple(ItemContent(f"a-{n}", "作业", f"第{n}条的话") for n in range(1, 5))
LIST = Content("清单", ITEMS)


def test_added_removed_changed_and_moved_are_told_apart() -> None:
    one, two, three, four = ITEMS
    after = LIST.with_items([two, one, replace(four, text="第4条改了话"), ItemContent("b-1", "作业", "新的")])
    found = {change.code: change.fate for change in compare(LIST, after).items}
    assert found.pop("b-1") is Fate.ADDED
    assert found.pop("a-3") is Fate.REMOVED
    assert found.pop("a-4") is Fate.CHANGED
    assert list(found.values()) == [Fate.MOVED]  # one of the two that changed places
    assert not compare(LIST, LIST)
    assert three.code not in found


def test_a_change_shows_the_words_and_not_the_sentence() -> None:
    shown = [(piece.sign, piece.words) for piece in pieces("平均不超过60分钟。", "平均不超过 90 分钟。")]
    assert shown == [("=", "平均不超过"), ("-", "60"), ("+", " 90 "), ("=", "分钟。")]


def test_kinds_are_compared_in_words() -> None:
    after = LIST.with_items([replace(ITEMS[0], kinds=("school", "suspected")), *ITEMS[1:]])
    [change] = compare(LIST, after).items
    [field] = change.fields
    assert [(piece.sign, piece.words) for piece in field.pieces] == [("-", "全部"), ("+", "学校、疑似违规办学点")]


def test_the_list_itself_is_compared_too() -> None:
    [field] = compare(LIST, replace(LIST, title="新清单")).fields
    assert str(field.label) == "名称"


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_put_together_are_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(words for sign, words in found if sign != "+") == before
    assert "".join(words for sign, words in found if sign != "-") == after


CODES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(CODES, CODES)
def test_each_item_that_is_not_as_it_was_is_named_once(before: list[str], after: list[str]) -> None:
    old, new = (
        Content("清单", tuple(ItemContent(code, "组", code) for code in codes)) for codes in (before, after)
    )
    found = compare(old, new).items
    fates = {change.code: change.fate for change in found}
    assert len(fates) == len(found)
    assert {code for code, fate in fates.items() if fate is Fate.ADDED} == set(after) - set(before)
    assert {code for code, fate in fates.items() if fate is Fate.REMOVED} == set(before) - set(after)
    rest = [code for code in before if code in after and code not in fates]
    assert rest == [code for code in after if code in before and code not in fates]
