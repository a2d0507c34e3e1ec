from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from inspections.evidence.keys import KeyRing
from inspections.intake.complainants import Complainant, Identity, keep_identity, read_identity
from inspections.intake.rewrapping import rewrap
from tests.complainants import FORGET_ON, KEYS, WANG, make_complainant
from tests.factories import COUNTY, make_tip

LATER = KeyRing.of(["test"], ["a key of its own"]).identity


def test_identities_are_sealed_again_under_a_new_key_and_what_cannot_be_opened_is_counted(
    owner_engine: Engine,
) -> None:
    with Session(owner_engine) as session, session.begin():
        first = make_complainant(session)
        lost = keep_identity(
            session, [b"x" * 32], make_tip(session), Identity(name="李"), is_minor=False, wants_answer=False,
            forget_on=FORGET_ON,
        )  # fmt: skip
        second = make_complainant(session)
        assert list(rewrap(session, LATER)) == [(2, 1)]
        sealed = dict(session.execute(select(Complainant.id, Complainant.sealed)).all())
        for row_id in (first.id, second.id):
            content = sealed[row_id]
            assert content
            assert read_identity(LATER[:1], COUNTY, row_id, content) == WANG
        assert list(rewrap(session, LATER)) == [(0, 1)]
        assert list(rewrap(session, [b"x" * 32])) == [(0, 2)]
        session.expire_all()
        assert first.phone_mark == second.phone_mark
        assert lost.phone_mark is None
        session.rollback()


def test_an_own_key_comes_first_and_what_followed_from_the_secret_before_still_opens() -> None:
    assert LATER[1:] == KEYS
    assert len({*LATER}) == 2
