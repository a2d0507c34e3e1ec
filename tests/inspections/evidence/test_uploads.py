"""Uploads of one file that meet: what each knew when it began may no longer be so."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from inspections.evidence.store import open_store
from inspections.evidence.uploads import Body, Progress, append, begin
from inspections.registry.people import Person, Role
from tests.factories import NOW, make_person
from tests.inspections.evidence.photographs import noisy

PHOTO = noisy((300, 200))
NAME = hashlib.sha256(PHOTO).hexdigest()
HALF = len(PHOTO) // 2


class Sender:
    """One request after the other, each from what it was told."""

    def __init__(self, session: Session, store, person: Person) -> None:
        self.session, self.store, self.person = session, store, person

    def begin(self) -> Progress:
        return begin(self.session, self.store, self.person, NAME, len(PHOTO), NOW, held=False)

    def send(self, standing: Progress, start: int, end: int) -> Progress:
        done = append(self.session, self.store, self.person, standing, start, Body([PHOTO[start:end]]), NOW)
        self.session.commit()
        return done

    def pieces(self) -> list[Path]:
        return [path for path in self.store.pieces.root.rglob("*") if path.is_file()]


@pytest.fixture
def sender(session: Session, tmp_path: Path) -> Sender:
    return Sender(session, open_store(tmp_path.as_uri()), make_person(session, Role.INSPECTOR))


def test_who_looked_before_another_brought_the_file_need_not_send_it_again(sender: Sender) -> None:
    standing = sender.begin()
    assert sender.send(standing, 0, len(PHOTO)).blob
    assert sender.begin().received == len(PHOTO)


def test_pieces_that_came_while_another_brought_the_whole_file_do_not_stay(sender: Sender) -> None:
    whole = sender.begin()
    sender.send(sender.begin(), 0, HALF)
    assert len(sender.pieces()) == 1
    assert sender.send(whole, 0, len(PHOTO)).blob
    assert sender.pieces() == []
