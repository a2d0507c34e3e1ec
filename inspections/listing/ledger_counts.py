"""What the filters of the ledger are over the rows that were fetched: which fit, and how many each choice leaves.

SQL says the same of each filter in `ledger.LEDGER`; tests hold the two against each other.
"""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

import numpy as np

from ..ledger.tally import NOTHING, Mask, Tally

Masking = Callable[[Tally, list[str]], Mask]


def choices(counted: Tally, chosen: Mapping[str, list[str]]) -> tuple[Tally, dict[str, dict[str, int]]]:
    """The rows that fit what was chosen, and by filter how many each of its choices holds: those of a chosen one
    among the rows that fit all the others.
    """
    masks = {key: MASKING[key](counted, values) for key, values in chosen.items()}
    fit = counted.only(_all(counted, masks.values()))
    facets = {key: count(fit) for key, count in COUNTING.items() if key not in masks}
    for key in masks:
        others = _all(counted, [mask for other, mask in masks.items() if other != key])
        facets[key] = COUNTING[key](counted.only(others))
    return fit, facets


def _all(counted: Tally, masks: Iterable[Mask]) -> Mask:
    return np.logical_and.reduce([np.ones(counted.total, dtype=bool), *masks])


def _any(counted: Tally, masks: Iterable[Mask]) -> Mask:
    return np.logical_or.reduce([np.zeros(counted.total, dtype=bool), *masks])


def _fitting(
    named: Callable[[Tally], Mapping[str, Mask]], join: Callable[[Tally, Iterable[Mask]], Mask]
) -> Masking:
    return lambda counted, values: join(counted, [named(counted)[value] for value in values])


def _sums(named: Callable[[Tally], Mapping[str, Mask]]) -> Callable[[Tally], dict[str, int]]:
    return lambda counted: {key: int(mask.sum()) for key, mask in named(counted).items()}


def _having(field: str, *, by_id: bool) -> Masking:
    def choose(counted: Tally, values: list[str]) -> Mask:
        return counted.has(field, [str(UUID(each)) if by_id and each != NOTHING else each for each in values])

    return choose


def _shown_masks(counted: Tally) -> dict[str, Mask]:
    whole = np.ones(counted.total, dtype=bool)
    return {"open": counted.is_open, "closed": ~counted.is_open, "all": whole}


# By filter, the field that holds its words
WORD_FIELDS = {
    "township": "township", "state": "state", "severity": "severity", "item": "item", "rule": "rule",
    "officer": "officer", "paper": "paper", "lead": "lead", "department": "department", "step": "step",
    "kind": "site_kind", "source": "check_kind",
}  # fmt: skip
MASKS: dict[str, Callable[[Tally], Mapping[str, Mask]]] = {
    "show": _shown_masks,
    "urgency": lambda counted: counted.urgency,
    "age": lambda counted: counted.bands("age"),
    "delay": lambda counted: counted.bands("delay"),
}
MASKING: dict[str, Masking] = {
    **{key: _having(field, by_id=key in {"township", "officer"}) for key, field in WORD_FIELDS.items()},
    **{key: _fitting(named, _all if key == "urgency" else _any) for key, named in MASKS.items()},
}
COUNTING: dict[str, Callable[[Tally], dict[str, int]]] = {
    **{key: lambda counted, field=field: counted.counts(field) for key, field in WORD_FIELDS.items()},  # type: ignore[misc]
    **{key: _sums(named) for key, named in MASKS.items()},
}
