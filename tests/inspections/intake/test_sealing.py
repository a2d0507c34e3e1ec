import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.intake.sealing import HEAD, CannotUnseal, mark, seal, unseal

NOW, EARLIER = os.urandom(32), os.urandom(32)
ROW = b"361129 01890a5d-ac96-774b-bcce-b302099a8057"
PHONE = b"13800000000"


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_for_its_row_alone(content: bytes) -> None:
    sealed = seal([NOW], content, ROW)
    assert unseal([NOW], sealed, ROW) == content
    with pytest.raises(CannotUnseal):
        unseal([NOW], sealed, ROW.replace(b"361129", b"361128"))


def test_it_opens_with_an_earlier_key_while_that_is_named_and_no_longer() -> None:
    sealed = seal([EARLIER], PHONE, ROW)
    assert unseal([NOW, EARLIER], sealed, ROW) == PHONE
    with pytest.raises(CannotUnseal):
        unseal([NOW], sealed, ROW)


@given(st.integers(min_value=0, max_value=HEAD + len(PHONE) + 15), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_opens_nothing(place: int, by: int) -> None:
    sealed = bytearray(seal([NOW], PHONE, ROW))
    sealed[place] ^= by
    with pytest.raises(CannotUnseal):
        unseal([NOW], bytes(sealed), ROW)


@given(st.binary(max_size=200))
def test_bytes_that_were_never_sealed_open_nothing(content: bytes) -> None:
    with pytest.raises(CannotUnseal):
        unseal([NOW], content, ROW)


def test_the_same_value_sealed_twice_looks_different_and_has_one_mark() -> None:
    assert seal([NOW], PHONE, ROW) != seal([NOW], PHONE, ROW)
    assert mark([NOW], "13800000000") == mark([NOW], "13800000000") != mark([EARLIER], "13800000000")
    assert mark([NOW], "13800000000") != mark([NOW], "13800000001")
