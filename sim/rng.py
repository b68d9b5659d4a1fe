"""All randomness: draws keyed by meaning, never by the order of calls.

A draw is a pure function of (seed, replication, purpose, ids). `stream` gives one NumPy generator for a small
number of draws; `uniforms` and its relatives are counter-based and vectorised over arrays of ids, for one draw
per asset, caller or call. Adding a purpose moves no other draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator, Philox  # noqa: TID251 -- the one place that creates randomness
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# SplitMix64 (Steele, Lea and Flood 2014): increment and the two multipliers of its finaliser.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def key(seed: int, replication: int, purpose: str, *ids: int) -> int:
    """Return the 128-bit key of a purpose: BLAKE2b over the parts, joined unambiguously."""
    text = "\x1f".join([str(int(seed)), str(int(replication)), purpose, *(str(int(i)) for i in ids)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def stream(seed: int, replication: int, purpose: str, *ids: int) -> Generator:
    """Return a generator of its own for (seed, replication, purpose, ids): Philox 4x64 with that key."""
    return Generator(Philox(key=key(seed, replication, purpose, *ids)))


def uniforms(seed: int, replication: int, purpose: str, *id_arrays: ArrayLike) -> FloatArray:
    """Return one uniform number in the open interval (0, 1) per element of the broadcast id arrays.

    Every id array holds non-negative integers. Each id passes through one SplitMix64 finaliser round, keyed by
    the purpose, so that neighbouring ids give independent draws.
    """
    low, high = _halves(key(seed, replication, purpose))
    with np.errstate(over="ignore"):
        return _finished(_taken(np.asarray(low), high, 0, id_arrays))


class Begun:
    """Draws of one purpose whose first id is taken in once and drawn from often, which costs less.

    `begun.uniforms(begun.take(a), b, c)` equals `uniforms(seed, replication, purpose, a, b, c)`.
    """

    def __init__(self, seed: int, replication: int, purpose: str) -> None:
        self._low, self._high = _halves(key(seed, replication, purpose))

    def take(self, ids: ArrayLike) -> NDArray[np.uint64]:
        """Take in first ids."""
        with np.errstate(over="ignore"):
            return _taken(np.asarray(self._low), self._high, 0, (ids,))

    def uniforms(self, taken: NDArray[np.uint64], *id_arrays: ArrayLike) -> FloatArray:
        """Return one uniform number per element of the broadcast arrays; see `uniforms`."""
        with np.errstate(over="ignore"):
            return _finished(_taken(taken, self._high, 1, id_arrays))


def normals(seed: int, replication: int, purpose: str, *id_arrays: ArrayLike) -> FloatArray:
    """Return one standard normal number per element of the id arrays (inverse of the normal distribution)."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(seed, replication, purpose, *id_arrays)))


def exponentials(seed: int, replication: int, purpose: str, *id_arrays: ArrayLike) -> FloatArray:
    """Return one unit-mean exponential number per element of the id arrays."""
    return np.asarray(-np.log(uniforms(seed, replication, purpose, *id_arrays)))


def _halves(full: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(full & 0xFFFFFFFFFFFFFFFF), np.uint64(full >> 64)


def _taken(
    state: NDArray[np.uint64], high: np.uint64, first: int, id_arrays: Sequence[ArrayLike]
) -> NDArray[np.uint64]:
    """Take in ids, the first of which has position `first`."""
    for position, ids in enumerate(id_arrays, first):
        # an odd multiplier per position keeps (a, b) and (b, a) apart
        salt = high + np.uint64(2 * position + 1) * _GOLDEN
        state = _mix(state ^ _mix(np.asarray(ids).astype(np.uint64) * _GOLDEN + salt))
    return state


def _finished(state: NDArray[np.uint64]) -> FloatArray:
    bits = _mix(state + _GOLDEN) >> _S11
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> _S30)) * _MIX1
    x = (x ^ (x >> _S27)) * _MIX2
    return x ^ (x >> _S31)
