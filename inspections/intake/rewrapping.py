"""When the key that seals identities is changed: each is sealed again under the new one.

For the owner of the database; the app's own role can't read what is sealed.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Row, func, select, tuple_, update
from sqlalchemy.orm import Session

from ..evidence.keys import canonical
from .complainants import Complainant, digits, read_identity, row_name
from .sealing import NAME, CannotUnseal, mark, name_of, seal

AT_ONCE = 200


def rewrap(session: Session, keys: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Seal under `keys[0]` what is sealed under another of `keys`. The caller commits after each pair.

    A pair says how many were sealed again, and how many could not be opened with any of the keys.
    """
    after = ("", None)
    while rows := _under_other_keys(session, keys[0], after):
        done = sum(_rewrap_one(session, keys, row) for row in rows)
        after = (rows[-1].county, rows[-1].id)
        yield done, len(rows) - done


def _under_other_keys(session: Session, key: bytes, after: tuple[str, object]) -> Sequence[Row]:
    name = func.substring(Complainant.sealed, 2, NAME)
    query = select(Complainant.county, Complainant.id, Complainant.sealed).where(
        Complainant.sealed.is_not(None), name != name_of(key)
    )
    if after[1]:
        query = query.where(tuple_(Complainant.county, Complainant.id) > tuple_(*after))
    return session.execute(query.order_by(Complainant.county, Complainant.id).limit(AT_ONCE)).all()


def _rewrap_one(session: Session, keys: Sequence[bytes], row: Row) -> bool:
    try:
        identity = read_identity(keys, row.county, row.id, row.sealed)
    except CannotUnseal:
        return False
    number = digits(identity.phone)
    session.execute(
        update(Complainant)
        .where(Complainant.county == row.county, Complainant.id == row.id)
        .values(
            sealed=seal(keys, canonical(identity._asdict()), row_name(row.county, row.id)),
            phone_mark=mark(keys, number) if number else None,
        )
    )
    return True
