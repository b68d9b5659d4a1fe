"""Instants in order, rough first and then exact, against a stable sort at one go."""

from __future__ import annotations

import numpy as np
import pytest

from sim import rng
from sim.hotline.order import time_order


@pytest.mark.parametrize("n", [0, 1, 399, 400, 401, 5000, 80_000])
@pytest.mark.parametrize("first", [0.0, -3.0, 1e7])
@pytest.mark.parametrize("digits", [0, 3, 15])
@pytest.mark.parametrize("power", [1.0, 40.0])
def test_the_order_is_that_of_a_stable_sort(n: int, first: float, digits: int, power: float) -> None:
    """Of even instants and of ones that crowd, with many ties, few or none."""
    at = first + np.round(900.0 * rng.uniforms(1, 0, "test.at", np.arange(n)) ** power, digits)
    np.testing.assert_array_equal(time_order(at), at.argsort(kind="stable"))
    in_runs = np.concatenate([np.sort(at[: n // 2]), at[n // 2 :]])
    np.testing.assert_array_equal(time_order(in_runs), in_runs.argsort(kind="stable"))


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 5.0, 1e300, np.nextafter(5.0, 6.0)])
def test_odd_instants(odd: float) -> None:
    """One that is never, none, or far off; and all the same, or as near as can be."""
    at = np.full(1000, 5.0)
    at[700] = odd
    np.testing.assert_array_equal(time_order(at), at.argsort(kind="stable"))
