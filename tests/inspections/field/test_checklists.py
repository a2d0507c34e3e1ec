import re
from pathlib import Path

from sqlalchemy.orm import Session

from inspections.field.checklists import find_checklist, list_checklists


def test_the_25_items_are_in_the_database_and_in_order(session: Session) -> None:
    [checklist] = [each for each in list_checklists(session) if each.code == "zd-25"]
    assert [item.code for item in checklist.items] == [f"zd-{number:02}" for number in range(1, 26)]
    assert [item.position for item in checklist.items] == list(range(1, 26))
    assert all(item.text_en.endswith(".") for item in checklist.items)


def test_the_items_are_the_words_of_the_source(session: Session, shared_data: Path) -> None:
    [source] = (shared_data.parent / "domain" / "seeds").glob("S3_*.txt")
    text = source.read_text("utf-8")
    annex = text[text.index("附件3\n曾都区") : text.rindex("附件4\n")]
    items, section = [], ""
    for line in map(str.strip, annex.splitlines()):
        if heading := re.match(r"[一二三四]、(.+)", line):
            section = heading[1]
        if item := re.match(r"(\d+)\.(.+)", line):
            items.append((int(item[1]), section, item[2]))
    checklist = find_checklist(session, "zd-25", 1)
    assert checklist is not None
    assert [(each.position, each.section, each.text) for each in checklist.items] == items
