"""Exact measures of queues with exponential times, and the intervals that simulations of them give.

Rates are per hour, as in the tables; the simulations run in minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import rng
from sim.hotline import ABANDONED, BUSY, SERVED, CallRecords, Redial, exponential, run_alone

JOINT = 0.999  # level of all intervals of a test together (Bonferroni)
IN_TIME_S = 20.0  # an answer within so long is in time


class Queue(NamedTuple):
    """M/M/c/K+M: calls, answers and givings up per hour (0: nobody gives up), agents, lines (None: no limit)."""

    lam: float
    mu: float
    theta: float
    c: int
    lines: int | None

    @property
    def warm_up_min(self) -> float:
        """Minutes after which an empty start is forgotten: 20 relaxation times of Erlang C, else of patience."""
        if self.theta:
            return 20.0 * 60.0 / min(self.mu, self.theta)
        return 20.0 * 60.0 / (self.c * self.mu * (1.0 - math.sqrt(min(0.95, self.lam / self.c / self.mu))) ** 2)


def stationary(queue: Queue) -> dict[str, float]:
    """Return measures of the queue from the stationary distribution of its birth-death chain.

    Mean waits are in minutes, over calls admitted (`mean_wait`) and over those served.
    """
    from scipy.linalg import expm

    lam, mu, theta, c, lines = queue
    top = (
        lines
        if lines is not None
        else c + math.ceil(40.0 / (1.0 - lam / c / mu) if not theta else 20 * (lam / theta + 8))
    )
    n = np.arange(top + 1)
    death = np.minimum(n, c) * mu + np.maximum(n - c, 0) * theta
    log_pi = np.concatenate([[0.0], np.cumsum(np.log(lam / death[1:]))])
    pi = np.exp(log_pi - log_pi.max())
    pi /= pi.sum()
    found = pi[:top]  # what calls that are admitted find, the others aside
    waiting = top - c
    ahead = np.arange(waiting)
    on = c * mu + ahead * theta  # rate at which somebody before a call with so many ahead leaves
    in_time = served_wait = 0.0
    if waiting:
        p, m, means = 1.0, 0.0, []
        for rate in on + theta:  # chance of being served, and the wait of those who are, by those ahead
            m = (rate - theta) / rate * (m + p / rate)
            p *= (rate - theta) / rate
            means.append(m)
        served_wait = float(found[c:] @ means)
        seen = min(waiting, 400)  # more ahead cannot be served in time
        q = np.zeros((seen + 1, seen + 1))  # 0: served, j + 1: j ahead
        q[ahead[:seen] + 1, ahead[:seen]] = on[:seen]
        q[ahead[:seen] + 1, ahead[:seen] + 1] = -on[:seen] - theta
        in_time = float(expm(q * IN_TIME_S / 3600)[1:, 0] @ found[c : c + seen])
    queued = float(np.maximum(n - c, 0) @ pi)
    p_block, p_abandon = float(pi[top]), theta * queued / lam
    return {
        "p_block": p_block,
        "p_wait": float(found[c:].sum()),
        "p_abandon": p_abandon,
        "mean_wait": 60.0 * queued / lam / (1.0 - p_block),
        "mean_wait_served": 60.0 * served_wait / (1.0 - p_block - p_abandon),
        "sl20_offered": float(found[:c].sum()) + in_time,
    }


def with_redial(queue: Queue, again: Redial, most: tuple[int, int] = (45, 60)) -> dict[str, float]:
    """Return measures of the queue whose callers dial again, from the chain (calls held, callers about to redial)."""
    from scipy.sparse import coo_matrix, vstack
    from scipy.sparse.linalg import spsolve

    lam, mu, theta, c, lines = queue
    rate = 60.0 / again.delay_min
    n_max, m_max = lines if lines is not None else c + most[0], most[1]
    n, m = (a.ravel() for a in np.mgrid[: n_max + 1, : m_max + 1])
    here, waiting, is_full, has_room = n * (m_max + 1) + m, np.maximum(n - c, 0), n == n_max, m < m_max
    q_left, q_busy = np.where(has_room, again.after_abandon, 0.0), np.where(has_room, again.after_busy, 0.0)
    if lines is None:
        q_busy = np.zeros(len(n))
    moves = [  # (rate, change of n, change of m)
        (np.where(is_full, 0.0, lam), 1, 0),
        (np.where(is_full, lam * q_busy, 0.0), 0, 1),
        (np.minimum(n, c) * mu, -1, 0),
        (waiting * theta * (1.0 - q_left), -1, 0),
        (waiting * theta * q_left, -1, 1),
        (np.where(is_full, 0.0, m * rate), 1, -1),
        (np.where(is_full, m * rate * (1.0 - again.after_busy * (lines is not None)), 0.0), 0, -1),
    ]
    rows, cols, values = [], [], []
    for speed, up, more in moves:
        used = speed > 0
        rows += [(here + up * (m_max + 1) + more)[used], here[used]]
        cols += [here[used], here[used]]
        values += [speed[used], -speed[used]]
    size = len(here)
    chain = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), (size, size))
    system = vstack([chain.tocsr()[:-1], np.ones((1, size))]).tocsc()
    pi = spsolve(system, np.append(np.zeros(size - 1), 1.0))
    offered = lam + rate * float(m @ pi)
    cut = pi[~has_room].sum(), pi[is_full].sum() if lines is None else 0.0
    if max(cut) > 1e-9:
        assert max(most) < 2000, "the chain cannot be cut off"
        return with_redial(
            queue, again, (2 * most[0] if cut[1] > 1e-9 else most[0], 2 * most[1] if cut[0] > 1e-9 else most[1])
        )
    abandoned = theta * float(waiting @ pi)
    blocked = float(((lam + m * rate) * is_full) @ pi) if lines is not None else 0.0
    lost = (1.0 - again.after_abandon) * abandoned + (1.0 - again.after_busy) * blocked
    return {
        "offered_total": offered,
        "p_abandon_per_call": abandoned / offered,
        "p_block_per_call": blocked / offered,
        "p_customer_finally_lost": lost / lam,
        "mean_queue": float(waiting @ pi),
        "mean_orbit": float(m @ pi),
    }


def transient(
    per_h: Sequence[float], agents: Sequence[int], lines: int, bin_h: float, mu: float = 15.0, theta: float = 20.0,
    *, is_dropped: bool = False,
) -> np.ndarray:  # fmt: skip
    """Return expected (blocked, abandoned, served) per bin, empty at first: Kolmogorov's forward equations.

    In each bin so many calls come per hour and so many agents are there; those whose shift is over end the call in
    hand, or where `is_dropped` cut it off. States are (calls with an agent, calls that wait).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import expm_multiply

    most = max(agents)
    states = [(s, q) for s in range(most + 1) for q in range(lines - s + 1)]
    number = {state: i for i, state in enumerate(states)}
    size = len(states)
    pi, out = np.zeros(size + 3), []
    pi[number[0, 0]] = 1.0
    for lam, c in zip(per_h, agents, strict=True):
        for (s, q), i in number.items():  # agents who have just come take those who wait
            taken = min(q, max(0, c - s))
            if taken:
                pi[number[s + taken, q - taken]] += pi[i]
                pi[i] = 0.0
            elif is_dropped and s > c:
                pi[number[c, q]] += pi[i]
                pi[i] = 0.0
        rows, cols, values = [], [], []
        for (s, q), i in number.items():
            after = (s - 1, q) if s > c or q == 0 else (s, q - 1)
            moves = [(s * mu, number.get(after), size + 2), (q * theta, number.get((s, q - 1)), size + 1)]
            if s + q < lines:
                moves.append((lam, number[(s + 1, q) if s < c else (s, q + 1)], None))
            else:
                moves.append((lam, i, size))
            for speed, to, counted in moves:
                if speed > 0:
                    assert to is not None
                    rows += [to, i]
                    cols += [i, i]
                    values += [speed, -speed]
                    if counted is not None:
                        rows.append(counted)
                        cols.append(i)
                        values.append(speed)
        pi[size:] = 0.0
        flow = coo_matrix((values, (rows, cols)), (size + 3, size + 3)).tocsr()
        pi = expm_multiply(flow * bin_h, pi)
        out.append(pi[size:].copy())
    return np.array(out)


# --- the simulation ---


def poisson(lam: float, n: int, seed: int) -> np.ndarray:
    """Return n arrivals of a Poisson process with `lam` per hour, minutes."""
    return np.cumsum(rng.exponentials(seed, 0, "test.gap", np.arange(n))) * 60.0 / lam


def simulate(queue: Queue, n: int, seed: int, again: Redial | None = None) -> CallRecords:
    """Run n first calls through the queue."""
    patience = exponential(60.0 / queue.theta) if queue.theta else None
    return run_alone(
        poisson(queue.lam, n, seed), exponential(60.0 / queue.mu), patience, staffing=queue.c, lines=queue.lines,
        redial=again, seed=seed, slice_min=60.0 * 1500 / queue.lam,
    )  # fmt: skip


def interval(y: np.ndarray, controls: np.ndarray, n_joint: int) -> tuple[float, float]:
    """Return estimate and half-width of the mean of batches y, given controls (k, n) of known mean zero."""
    estimate, half = intervals(y[None, :], controls, n_joint)
    return float(estimate[0]), float(half[0])


def intervals(y: np.ndarray, controls: np.ndarray, n_joint: int) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates and half-widths of the means of several measures, (m,) each; y are their batches, (m, n)."""
    from scipy.stats import t

    x = np.column_stack([np.ones(y.shape[1]), *controls])
    beta, dof = np.linalg.lstsq(x, y.T, rcond=None)[0], y.shape[1] - x.shape[1]
    sigma2 = ((y.T - x @ beta) ** 2).sum(axis=0) / dof
    error = np.sqrt(sigma2 * np.linalg.pinv(x.T @ x)[0, 0])
    return beta[0], float(t.ppf(1 - (1 - JOINT) / (2 * n_joint), dof)) * error


def batches(records: CallRecords, queue: Queue, n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return measures per batch of equal time, and control variates of known mean zero; (n,) each.

    Waits are per call offered, in minutes. Known means: the number of arrivals; the service times of those served,
    whoever they are; and of one call, the indicator of giving up less theta times its wait (patience is exponential,
    whatever the wait offered). Regressing on them removes most of the spread.
    """
    lam, mu, theta = queue.lam / 60.0, queue.mu / 60.0, queue.theta / 60.0
    edges = np.linspace(min(queue.warm_up_min, 0.5 * records.at[-1]), records.at[-1], n + 1)
    batch = np.searchsorted(edges, records.at, side="right") - 1
    inside = (batch >= 0) & (batch < n)
    length = edges[1] - edges[0]

    def rate(values: np.ndarray) -> np.ndarray:
        return np.bincount(batch[inside], np.asarray(values, float)[inside], minlength=n) / length

    served, gave_up = records.result == SERVED, records.result == ABANDONED
    wait = np.nan_to_num(records.wait_min)
    measures = {
        "p_block": rate(records.result == BUSY) / lam,
        "p_wait": rate(wait > 0) / lam,
        "p_abandon": rate(gave_up) / lam,
        "mean_wait": rate(wait) / lam,
        "mean_wait_served": rate(wait * served) / lam,
        "sl20_offered": rate(served & (wait <= IN_TIME_S / 60.0)) / lam,
    }
    excess = np.where(served, mu * (records.done_at - records.answered_at) - 1.0, 0.0)
    controls = [rate(np.ones(len(wait))) - lam, rate(excess)]
    if theta:
        controls.append(rate(gave_up - theta * wait))
    return measures, np.array(controls)


def state_controls(records: CallRecords, queue: Queue, begin: float, end: float) -> np.ndarray:
    """Return control variates of known mean zero from what is found at the desk between two minutes.

    Arrivals come whatever the desk holds, a call in hand ends at the rate of its handling time, a caller who waits gives up
    at the rate of the patience: so how often each happens, weighted with the queue found then, less its rate times the
    integral of that weight, has mean zero, however the desk may work. They tell most of where the queue wandered.
    """
    lam, mu, theta = queue.lam / 60.0, queue.mu / 60.0, queue.theta / 60.0
    served, gone = records.result == SERVED, records.result == ABANDONED
    left = np.where(served, records.answered_at, records.done_at)
    waits = (served | gone) & (left > records.at)
    joined, gone_on = records.at[waits], np.sort(left[waits])
    begun, ended = np.sort(records.answered_at[served]), np.sort(records.done_at[served])

    def found(at: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
        """How many are there just before instants, those who leave at that instant among them."""
        return np.searchsorted(up, at, side="left") - np.searchsorted(down, at, side="left")

    def inside(at: np.ndarray) -> np.ndarray:
        return at[(at >= begin) & (at < end)]

    steps = np.concatenate([joined, gone_on, begun, ended])
    order = np.argsort(steps, kind="stable")
    sizes = [len(joined), len(gone_on), len(begun), len(ended)]
    waiting = np.concatenate([[0.0], np.cumsum(np.repeat([1.0, -1.0, 0.0, 0.0], sizes)[order])])
    busy = np.concatenate([[0.0], np.cumsum(np.repeat([0.0, 0.0, 1.0, -1.0], sizes)[order])])
    steps = steps[order]
    first, last = np.searchsorted(steps, [begin, end])
    lasting = np.diff(np.concatenate([[begin], steps[first:last], [end]]))
    waiting, busy = waiting[first : last + 1], busy[first : last + 1]
    span = end - begin

    def held(weight: np.ndarray) -> float:
        return float(weight @ lasting) / span

    arrived, over = inside(records.at), inside(ended)
    full = (busy >= queue.c).astype(float)
    all_busy = (np.searchsorted(begun, arrived, side="left") - np.searchsorted(ended, arrived, side="right")) >= queue.c
    queued = np.searchsorted(joined, arrived, side="left") - np.searchsorted(gone_on, arrived, side="right")
    controls = [
        queued.sum() / span - lam * held(waiting),
        np.count_nonzero(all_busy) / span - lam * held(full),
        len(over) / span - mu * held(busy),
        found(over, joined, gone_on).sum() / span - mu * held(busy * waiting),
        np.count_nonzero(found(over, begun, ended) >= queue.c) / span - mu * held(busy * full),
    ]
    if theta:
        gave_up = inside(np.sort(records.done_at[gone]))
        controls.append(found(gave_up, joined, gone_on).sum() / span - theta * held(waiting**2))
    return np.array(controls)


def per_call_offered(exact: dict[str, float]) -> dict[str, float]:
    """Return the exact measures with waits per call offered, as in `batches`."""
    admitted = 1.0 - exact["p_block"]
    return exact | {
        "mean_wait": exact["mean_wait"] * admitted,
        "mean_wait_served": exact["mean_wait_served"] * (admitted - exact["p_abandon"]),
    }


def wanted_half(name: str, value: float, queue: Queue) -> float:
    """Return the half-width at which a simulation tells enough: 1 % or 0.2 points, whichever is larger.

    A point of a mean wait is one per cent of the mean patience, which is a point of abandonment.
    """
    points = 0.002 * (60.0 / queue.theta if queue.theta else 0.0) if name.startswith("mean") else 0.002
    return max(0.01 * value, points)


# --- the tables ---

MEASURES = ("p_block", "p_wait", "p_abandon", "mean_wait", "mean_wait_served", "sl20_offered")

STATIONARY: dict[Queue, tuple[float, ...]] = {
    Queue(7.5, 15, 0, 1, None): (0.0, 0.5, 0.0, 240.0, 240.0, 0.520405271445),
    Queue(60, 15, 0, 5, None): (0.0, 0.554112554113, 0.0, 132.987012987, 132.987012987, 0.490191839513),
    Queue(270, 15, 0, 20, None): (0.0, 0.550769004816, 0.0, 66.0922805779, 66.0922805779, 0.533784102787),
    Queue(1425, 15, 0, 100, None): (0.0, 0.506456853913, 0.0, 24.3099289878, 24.3099289878, 0.666123064457),
    Queue(15, 15, 20, 1, None): (0.0, 0.611358106893, 0.388641893107, 69.9555407592, 44.439049448, 0.419249586441),
    Queue(75, 15, 20, 5, None): (0.0, 0.529256855498, 0.187517186306, 33.753093535, 28.4870006769, 0.544154792949),
    Queue(300, 15, 20, 20, None): (0.0, 0.496327958605, 0.0951476326131, 17.1265738704, 15.8845740366, 0.649490645809),
    Queue(1500, 15, 20, 100, None): (0.0, 0.478424668442, 0.0427172001085, 7.68909601953, 7.45168688161, 0.815206911478),
    Queue(600, 20, 20, 20, None): (0.0, 0.978126531559, 0.334982943861, 60.2969298951, 69.1674726233, 0.0694445244396),
    Queue(22.5, 15, 20, 1, None): (0.0, 0.750728439693, 0.499514373538, 89.9125872368, 66.4763640548, 0.279306727271),
    Queue(45, 15, 20, 1, None): (0.0, 0.930151071421, 0.68994964286, 124.190935715, 128.987746932, 0.0877236706277),
    Queue(112.5, 15, 20, 5, None): (0.0, 0.831714896893, 0.370154933946, 66.6278881102, 66.5667224773, 0.228578458524),
    Queue(225, 15, 20, 5, None): (0.0, 0.996964985418, 0.666929440251, 120.047299245, 175.125163325, 0.00711600293607),
    Queue(450, 15, 20, 20, None): (0.0, 0.959611647472, 0.336379263233, 60.548267382, 68.3092539267, 0.0978163756059),
    Queue(900, 15, 20, 20, None): (0.0, 0.999999933609, 0.666666668253, 120.000000286, 191.816850984, 1.53331106344e-06),
    Queue(1125, 15, 20, 50, None): (0.0, 0.996599639416, 0.333450714985, 60.0211286973, 70.6418632712, 0.0242450241881),
    Queue(2250, 15, 20, 50, None): (0.0, 1.0, 0.666666666667, 120.0, 195.360877869, 1.52291889048e-13),
    Queue(2250, 15, 20, 100, None): (0.0, 0.999927322087, 0.333334670049, 60.0002406088, 71.7869221013, 0.00303199722484),
    Queue(4500, 15, 20, 100, None): (0.0, 1.0, 0.666666666667, 120.0, 196.55287858, 4.81824658746e-25),
    Queue(360, 15, 30, 20, None): (0.0, 0.714342501124, 0.201432273549, 24.1718728259, 23.3851115976, 0.455439776517),
    Queue(360, 15, 6, 20, None): (0.0, 0.931576894756, 0.174994019486, 104.996411692, 110.434592463, 0.113904095399),
    Queue(360, 30, 20, 20, None): (0.0, 0.0220053921984, 0.00145449505632, 0.261809110138, 0.245751322315, 0.99465494436),
    Queue(360, 12, 20, 20, None): (0.0, 0.940313878247, 0.337834624708, 60.8102324474, 67.5453624699, 0.12234240971),
    Queue(600, 40, 30, 10, None): (0.0, 0.955647267453, 0.339125625955, 40.6950751147, 45.6892410179, 0.146922194795),
    Queue(600, 15, 20, 20, 25): (
        0.379846110034, 0.593449052917, 0.121342543269, 35.2197384259, 37.4824355737, 0.125685311416,
    ),
    Queue(15, 15, 0, 1, 1): (0.5, 0.0, 0.0, 0.0, 0.0, 0.5),
    Queue(150, 15, 0, 10, 10): (0.214582343107, 0.0, 0.0, 0.0, 0.0, 0.785417656893),
}  # fmt: skip
"""MEASURES, waits in seconds. Source: stationary distributions of the birth-death chains, computed independently of
this program and checked against the chains' matrix exponential to 1e-14."""

REDIAL: dict[tuple[float, float], tuple[float, ...]] = {
    (60, 0.33): (62.6661812, 0.128926587, 0.0902192614, 0.403966842, 0.444363526),
    (60, 0.6): (65.8901611, 0.148989394, 0.0654462343, 0.490846757, 0.981693515),
    (90, 0.33): (100.59775, 0.319235717, 0.239073829, 1.60571975, 1.76629173),
    (90, 0.6): (118.517483, 0.401030612, 0.211240617, 2.37645694, 4.75291388),
    (150, 0.33): (187.091155, 0.600762979, 0.502041898, 5.61987199, 6.18185919),
    (150, 0.6): (262.532736, 0.714404469, 0.500145492, 9.37772798, 18.755456),
    (150, 0.0): (150.0, 0.507210243, 0.507210243, 3.80407682, 0.0),
}
"""(first calls per h, chance to redial): calls offered per h, share abandoned of them, customers lost for good, mean
queue, mean number about to redial; 5 agents, 15 answers and 20 givings up per h, 6 redials per h. Source as above."""
