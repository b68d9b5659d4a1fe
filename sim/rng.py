"""All randomness: draws keyed by meaning, never by the order of calls.

A draw is a pure function of (seed, replication, purpose, ids). `stream` gives one NumPy generator for a small
number of draws; `uniforms` and its relatives are counter-based and vectorised over arrays of ids, for one draw
per asset, caller or call. Adding a purpose moves no other draw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator, Philox  # noqa: TID251 -- the one place that creates randomness
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# SplitMix64 (Steele, Lea and Flood 2014): increment and the two multipliers of its finaliser. Its numbers are arrays
# without dimensions, which array operations take in sooner than scalars.
_GOLDEN = 0x9E3779B97F4A7C15
_STEP = np.array(_GOLDEN, np.uint64)
_MIX1 = np.array(0xBF58476D1CE4E5B9, np.uint64)
_MIX2 = np.array(0x94D049BB133111EB, np.uint64)
_S30, _S27, _S31, _S11 = (np.array(bits, np.uint64) for bits in (30, 27, 31, 11))
_64_BITS = 0xFFFFFFFFFFFFFFFF


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
    low, high = _halves(seed, replication, purpose)
    return _finished(_taken(low, high, 0, id_arrays))


class Begun:
    """Draws of one purpose whose first id is taken in once and drawn from often, which costs less.

    `begun.uniforms(begun.take(a), b, c)` equals `uniforms(seed, replication, purpose, a, b, c)`.
    """

    def __init__(self, seed: int, replication: int, purpose: str) -> None:
        self._low, self._high = _halves(seed, replication, purpose)

    def take(self, ids: ArrayLike) -> NDArray[np.uint64]:
        """Take in first ids."""
        return _taken(self._low, self._high, 0, (ids,))

    def uniforms(self, taken: NDArray[np.uint64], *id_arrays: ArrayLike) -> FloatArray:
        """Return one uniform number per element of the broadcast arrays; see `uniforms`."""
        return _finished(_taken(taken, self._high, 1, id_arrays))


def normals(seed: int, replication: int, purpose: str, *id_arrays: ArrayLike) -> FloatArray:
    """Return one standard normal number per element of the id arrays (inverse of the normal distribution)."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniforms(seed, replication, purpose, *id_arrays)))


def exponentials(seed: int, replication: int, purpose: str, *id_arrays: ArrayLike) -> FloatArray:
    """Return one unit-mean exponential number per element of the id arrays."""
    return np.asarray(-np.log(uniforms(seed, replication, purpose, *id_arrays)))


@lru_cache(maxsize=1024)
def _halves(seed: int, replication: int, purpose: str) -> tuple[NDArray[np.uint64], int]:
    """Return the low half of a purpose's key, as a state to begin with, and the high half."""
    full = key(seed, replication, purpose)
    return np.array(full & _64_BITS, np.uint64), full >> 64


@lru_cache(maxsize=1024)
def _salt(high: int, position: int) -> NDArray[np.uint64]:
    """Return what is added to the ids at a position: an odd multiplier of its own keeps (a, b) and (b, a) apart."""
    return np.array((high + (2 * position + 1) * _GOLDEN) & _64_BITS, np.uint64)


def _taken(state: NDArray[np.uint64], high: int, first: int, id_arrays: Sequence[ArrayLike]) -> NDArray[np.uint64]:
    """Take in ids, the first of which has position `first`; returns an array of its own.

    Numbers and tuples, which are constants of the caller, are mixed once.
    """
    if not id_arrays:
        return state.copy()
    for position, ids in enumerate(id_arrays, first):
        if isinstance(ids, int | tuple):
            mixed = _mixed(high, position, ids)
            state = np.bitwise_xor(state, mixed, None if mixed.shape else np.empty_like(state))
        else:
            mixed = _salted(np.asarray(ids).astype(np.uint64), high, position)
            fits = mixed.shape == state.shape or not state.shape
            state = np.bitwise_xor(state, mixed, mixed if fits else None)
        _mix(state)
    return state


def _salted(ids: NDArray[np.uint64], high: int, position: int) -> NDArray[np.uint64]:
    """Mix ids in place and return them."""
    np.multiply(ids, _STEP, ids)
    np.add(ids, _salt(high, position), ids)
    _mix(ids)
    return ids


@lru_cache(maxsize=1024)
def _mixed(high: int, position: int, ids: int | tuple[Any, ...]) -> NDArray[np.uint64]:
    """Return ids mixed; not to be changed."""
    return _salted(np.array(ids).astype(np.uint64), high, position)


def _finished(state: NDArray[np.uint64]) -> FloatArray:
    """Return a state, which is used up, as uniform numbers."""
    np.add(state, _STEP, state)
    _mix(state)
    np.right_shift(state, _S11, state)
    out = state.astype(np.float64)
    out += 0.5
    out *= 2.0**-53
    return out


def _mix(x: NDArray[np.uint64]) -> None:
    """Mix the bits of each number in place: x = (x ^ x >> 30) * a, x = (x ^ x >> 27) * b, x ^= x >> 31."""
    shifted = np.right_shift(x, _S30, np.empty_like(x))
    np.bitwise_xor(x, shifted, x)
    np.multiply(x, _MIX1, x)
    np.right_shift(x, _S27, shifted)
    np.bitwise_xor(x, shifted, x)
    np.multiply(x, _MIX2, x)
    np.right_shift(x, _S31, shifted)
    np.bitwise_xor(x, shifted, x)
