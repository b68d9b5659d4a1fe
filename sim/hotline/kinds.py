"""Kinds of customers, told apart by the numbers that callers have within their section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.batch import IntArray
from sim.hotline.counting import binomial_quantile
from sim.scenario.model import Customers
from sim.scenario.public import Rates

if TYPE_CHECKING:
    from sim.damage import Drawn

KINDS_OF_CUSTOMERS = ("ordinary", "business", "important", "life_support")
ORDINARY, BUSINESS, IMPORTANT, LIFE_SUPPORT = range(4)
_BITS = 26  # callers of one kind and section are numbered from kind << _BITS
_LEFT_DARK, _LEFT_DARK_BITS = 1 << 28, 8  # a caller left dark: the number among them, then the interruption's
STRANGERS = 1 << 30  # callers of a section numbered from here on ask, and report no outage
_AFTERWARDS = STRANGERS | (1 << 29)  # of them, those who ask after an interruption: its number comes next
_AFTERWARDS_BITS = 16


def kind_of_customer(caller: NDArray[Any]) -> IntArray:
    """Return the kind of callers by their number in the section; strangers and those left dark count as ordinary."""
    kind = caller.astype(np.int64) >> _BITS
    return np.where(kind <= LIFE_SUPPORT, kind, ORDINARY)


def asks_afterwards(caller: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which callers, by their number in the section, ask after an interruption."""
    return np.asarray(caller >= _AFTERWARDS)


def left_dark(index: IntArray, number: IntArray) -> IntArray:
    """Return the numbers of callers who are still dark when their outage is declared over."""
    return _LEFT_DARK | (number << _LEFT_DARK_BITS) | np.minimum(index, (1 << _LEFT_DARK_BITS) - 1)


def is_left_dark(caller: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which callers, by their number in the section, phone because they are still dark."""
    return np.asarray((caller >= _LEFT_DARK) & (caller < STRANGERS))


def group_and_number(caller: NDArray[Any]) -> tuple[IntArray, IntArray]:
    """Split the numbers of callers who report an outage into a group and a small number within it.

    Those of one kind are a group; those left dark come after the kinds.
    """
    numbers = caller.astype(np.int64)
    return numbers >> _BITS, numbers & ((1 << _BITS) - 1)


def afterwards(index: IntArray, number: IntArray) -> IntArray:
    """Return the numbers of callers who ask after an interruption of their section, by its index and their place."""
    return _AFTERWARDS | (index << _AFTERWARDS_BITS) | number


_FACTORS = ("calls_factor", "followup_factor", "patience_factor", "complaints_factor")


def are_told_apart(who: Customers) -> bool:
    """Say whether there are kinds of customers that differ in anything."""
    differs = any(getattr(who.business, name) != 1.0 for name in _FACTORS)
    return differs or who.important.fraction > 0 or who.life_support.fraction > 0


class Kinds:
    """How many customers of each kind there are, who would phone, and how they differ from ordinary ones.

    Attributes
    ----------
    first : number of the first caller of each kind, (n_kinds,); one kind where none are told apart.
    followup, patience, complaints : factors by kind, (4,).
    """

    def __init__(self, drawn: Drawn, who: Customers) -> None:
        rates: list[Rates] = [Rates(), who.business, who.important, who.life_support]
        fractions = who.important.fraction, who.life_support.fraction
        calls, self.followup, self.patience, self.complaints = (
            np.array([getattr(r, name) for r in rates]) for name in _FACTORS
        )
        self._fractions = fractions
        self.are_told_apart = are_told_apart(who)
        n = len(rates) if self.are_told_apart else 1
        share = who.caller_fraction * drawn.factors.burst
        self._shares: list[float] = np.minimum(1.0, share * calls[:n]).tolist()
        self.first: IntArray = np.arange(n) << _BITS
        self._drawn, self._network = (drawn.seed, drawn.replication), drawn.network

    def callers(self, sections: IntArray) -> IntArray:
        """Return the number of would-be callers by kind in sections (n,), as (n_kinds, n)."""
        purposes = ("caller.number", *(f"caller.number.{name}" for name in KINDS_OF_CUSTOMERS[1:]))
        return np.stack([
            binomial_quantile(rng.uniforms(*self._drawn, purpose, sections), customers, share)
            for purpose, customers, share in zip(purposes, self.customers(sections), self._shares, strict=False)
        ])  # fmt: skip

    def customers(self, sections: IntArray) -> list[IntArray]:
        """Return the customers of each kind, (n,) each, those on life support and important ones the same in every storm."""
        rest = self._network.customers[sections]
        if not self.are_told_apart:
            return [rest]
        business = self._network.business[sections]
        rest, found, left = rest - business, [], 1.0
        for purpose, fraction in zip(("customer.important", "customer.life_support"), self._fractions, strict=True):
            u = rng.uniforms(self._drawn[0], 0, purpose, sections)
            found.append(binomial_quantile(u, rest, min(1.0, fraction / left) if left > 0 else 0.0))
            rest, left = rest - found[-1], left - fraction
        return [rest, business, *found]
