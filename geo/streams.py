"""Random numbers inside compiled loops: SplitMix64 (Steele, Lea & Flood 2014), a stream for each item of a seed.

Item i draws the same numbers on whichever thread it runs. The machine code of a loop holds these functions too,
and numba's cache only looks at the loop's own file: so the cache is named by the checksum of this one
(bin/lib/steps.sh). Started without bin/, remove geo/__pycache__ after a change here.
"""

from numba import njit
from numpy import uint64

STEP = uint64(0x9E3779B97F4A7C15)
FIRST = uint64(0xBF58476D1CE4E5B9)
SECOND = uint64(0x94D049BB133111EB)


@njit(nogil=True)
def mixed(state):  # type: ignore[no-untyped-def]
    """A 64-bit word in which every bit depends on every bit of the state."""
    word = (state ^ (state >> uint64(30))) * FIRST
    word = (word ^ (word >> uint64(27))) * SECOND
    return word ^ (word >> uint64(31))


@njit(nogil=True)
def stream(seed, item):  # type: ignore[no-untyped-def]
    """The state from which the numbers of one item of a seed are drawn."""
    return mixed(mixed(uint64(seed) + STEP) + STEP * uint64(item))


@njit(nogil=True)
def uniform(state):  # type: ignore[no-untyped-def]
    """(the next state, a number in [0, 1) of 53 bits)"""
    state += STEP
    return state, (mixed(state) >> uint64(11)) * (1.0 / 9007199254740992.0)


@njit(nogil=True)
def below(state, bound):  # type: ignore[no-untyped-def]
    """(the next state, a whole number in 0 … bound - 1). Uneven by less than bound / 2⁵³."""
    state, part = uniform(state)
    return state, int(part * bound)
