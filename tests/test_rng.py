"""Draws are pure functions of (seed, replication, purpose, ids), uniform, and independent of their
neighbours."""

import hashlib

import numpy as np
import pytest
from scipy import stats

from sim import rng

N = 100_000
UNIFORMS = [0.7348399403036474, 0.10166011498436694, 0.7580003908742803, 0.40538863332726566]
NORMAL = 0.010309014997118606
KEY = 178060354871948376350999596396879209347


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def test_uniforms_keep_their_values() -> None:
    """Golden: a change here moves every number of the program."""
    got = rng.uniforms(7, 3, "strength.pole", np.array([0, 1, 2, 10**9]), 5)
    np.testing.assert_array_equal(got, UNIFORMS)
    assert rng.stream(7, 3, "factor.intensity").standard_normal() == NORMAL
    assert rng.key(7, 3, "x", 1, 2) == KEY


def plain(purpose: str, *ids: int) -> float:
    """Draw one number with Python's whole numbers, step by step."""
    golden, mask = 0x9E3779B97F4A7C15, 2**64 - 1

    def mixed(x: int) -> int:
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    full = rng.key(7, 3, purpose)
    state, high = full & mask, full >> 64
    for position, number in enumerate(ids):
        state = mixed(state ^ mixed((number * golden + high + (2 * position + 1) * golden) & mask))
    return ((mixed((state + golden) & mask) >> 11) + 0.5) / 2**53


@pytest.mark.parametrize("shapes", [
    (), ((),), ((), ()), ((1,),), ((4,),), ((4,), ()), ((), (4,)), ((4,), (3, 1)), ((3, 1), (4,)), ((1,), (4,), (1, 1)), ((0,),),
])  # fmt: skip
def test_uniforms_are_those_of_the_plain_computation(shapes: tuple[tuple[int, ...], ...]) -> None:
    some = np.random.default_rng(5)  # noqa: TID251
    ids = [some.integers(0, 2**62, shape) for shape in shapes]
    expected = np.vectorize(lambda *each: plain("x", *map(int, each)), otypes=[float])(*ids) if ids else plain("x")
    np.testing.assert_array_equal(rng.uniforms(7, 3, "x", *ids), expected)
    single = [int(each) if each.ndim == 0 else each for each in ids]
    np.testing.assert_array_equal(rng.uniforms(7, 3, "x", *single), expected)


def test_drawing_leaves_ids_and_begun_draws_as_they_are() -> None:
    ids, begun = np.arange(9, dtype=np.uint64), rng.Begun(7, 3, "x")
    taken = begun.take(ids)
    before = taken.copy()
    first = begun.uniforms(taken, ids, 4), begun.uniforms(taken), rng.uniforms(7, 3, "x"), rng.uniforms(7, 3, "x", ids, 2)
    again = begun.uniforms(taken, ids, 4), begun.uniforms(taken), rng.uniforms(7, 3, "x"), rng.uniforms(7, 3, "x", ids, 2)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(taken, before)
    np.testing.assert_array_equal(ids, np.arange(9))


def test_an_id_may_be_taken_in_beforehand() -> None:
    begun = rng.Begun(7, 3, "x")
    taken = begun.take(np.arange(50))
    for more in ((), (4,), (np.arange(50), np.arange(6)[:, None])):
        np.testing.assert_array_equal(begun.uniforms(taken, *more), rng.uniforms(7, 3, "x", np.arange(50), *more))


def test_the_key_is_blake2b_over_the_parts() -> None:
    text = b"7\x1f3\x1fx\x1f1\x1f2"
    assert rng.key(7, 3, "x", 1, 2) == int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def test_parts_of_a_key_do_not_run_together() -> None:
    keys = [
        rng.key(1, 23, "a"),
        rng.key(12, 3, "a"),
        rng.key(1, 2, "3a"),
        rng.key(1, 2, "a", 3),
        rng.key(1, 2, "a", 3, 0),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("ids", [np.arange(N), np.arange(N) * 1024, np.arange(N) + 2**40])
def test_uniforms_are_uniform(ids: np.ndarray) -> None:
    u = rng.uniforms(1, 0, "p", ids)
    assert stats.kstest(u, "uniform").pvalue > 0.001
    assert u.min() > 0
    assert u.max() < 1
    # the low bits too
    assert stats.kstest((u * 2**20) % 1, "uniform").pvalue > 0.001


def test_neighbours_are_independent() -> None:
    u = rng.uniforms(1, 0, "p", np.arange(N))
    ids = np.arange(N)
    others = {
        "next id": rng.uniforms(1, 0, "p", ids + 1),
        "next seed": rng.uniforms(2, 0, "p", ids),
        "next replication": rng.uniforms(1, 1, "p", ids),
        "other purpose": rng.uniforms(1, 0, "q", ids),
        "one id more": rng.uniforms(1, 0, "p", ids, 0),
    }
    for name, other in others.items():
        assert abs(correlation(u, other)) < 4.5 / np.sqrt(N), name
        table = np.histogram2d(u, other, bins=10, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(table.ravel()).pvalue > 0.001, name


def test_a_grid_of_two_ids_is_independent_in_both_directions() -> None:
    u = rng.uniforms(1, 0, "p", np.arange(400)[:, None], np.arange(400))
    assert u.shape == (400, 400)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 0.001
    n = u[1:].size
    assert abs(correlation(u[1:].ravel(), u[:-1].ravel())) < 4.5 / np.sqrt(n)
    assert abs(correlation(u[:, 1:].ravel(), u[:, :-1].ravel())) < 4.5 / np.sqrt(n)
    # (a, b) and (b, a) are different draws
    off_diagonal = ~np.eye(400, dtype=bool)
    assert not (u == u.T)[off_diagonal].any()
    assert abs(correlation(u[off_diagonal], u.T[off_diagonal])) < 0.015
    # means of rows scatter as means of 400 uniforms do
    assert np.std(u.mean(axis=1)) == pytest.approx(np.sqrt(1 / 12 / 400), rel=0.15)


def test_draws_do_not_depend_on_order_or_company() -> None:
    ids = np.arange(1000)
    whole = rng.uniforms(1, 0, "p", ids)
    shuffled = np.argsort(rng.uniforms(9, 9, "shuffle", ids))
    np.testing.assert_array_equal(rng.uniforms(1, 0, "p", shuffled), whole[shuffled])
    np.testing.assert_array_equal(rng.uniforms(1, 0, "p", ids[100:110]), whole[100:110])
    rng.uniforms(1, 0, "another purpose", ids)
    rng.stream(1, 0, "one more").random(5)
    np.testing.assert_array_equal(rng.uniforms(1, 0, "p", ids), whole)


def test_normals_and_exponentials_have_their_distributions() -> None:
    ids = np.arange(N)
    assert stats.kstest(rng.normals(1, 0, "n", ids), "norm").pvalue > 0.001
    assert stats.kstest(rng.exponentials(1, 0, "e", ids), "expon").pvalue > 0.001


def test_streams_are_their_own() -> None:
    a, b = rng.stream(1, 0, "a").random(10), rng.stream(1, 0, "b").random(10)
    np.testing.assert_array_equal(a, rng.stream(1, 0, "a").random(10))
    assert not np.any(a == b)
    assert not np.any(a == rng.stream(1, 0, "a", 0).random(10))
