"""A made-up experiment for tests of the report: smooth curves, plausible sizes, no world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim import rng
from sim.experiment.check import CheckRow
from sim.experiment.compare import compare
from sim.experiment.depots import depot_uses
from sim.experiment.replicate import Experiment
from sim.experiment.series import Setting
from sim.grid.coast import Coast
from sim.grid.network import Network
from sim.log import Log, Recorder
from sim.metrics.cost import LOST, PARTS
from sim.metrics.measures import AREAS, COMPLAINTS_BY_CAUSE, CURVES, HOURS_BY_STAGE, MEASURE_NAMES
from sim.report.material import Material, WorstHour
from sim.scenario.model import Scenario
from sim.storm.track import Track
from tests.tiny import LAT0, LON0, tiny_network, tiny_scenario

PLANS = ("as_2019", "early_aid", "see_first", "power_first", "honest_word", "balanced")
SPEED = (1.0, 1.6, 1.3, 1.02, 1.0, 1.5)  # of restoration over the reference's
ANGER = (1.0, 0.7, 0.85, 0.99, 0.5, 0.45)


def scenario(plans: tuple[str, ...] = PLANS, **overrides: Any) -> Scenario:
    """Return a scenario with these plans, the first the reference, and three checkpoints."""
    points = [
        {"at": "2020-08-02T10:00:00+09:00", "customers_out": 540_000},
        {"at": "2020-08-04T13:30:00+09:00", "customers_out": 300_000},
        {"at": "2020-08-09T23:00:00+09:00", "customers_out": 20_000, "bound": "below"},
    ]
    observed = {
        "plan": plans[0], "peak_low": 480_000, "peak_high": 800_000, "peak_from": "2020-08-01T06:00:00+09:00",
        "peak_to": "2020-08-01T12:00:00+09:00", "poles_low": 1300, "poles_high": 3000, "checkpoints": points,
    }  # fmt: skip
    base = {
        "name": "Typhoon Test over Chiba", "plans": {name: {"title": f"What {name} does"} for name in plans},
        "reference_plan": plans[0], "observed": observed, "horizon_h": 336.0,
        "depots": {"d": {"lon": LON0, "lat": LAT0, "stock": {"poles": 2, "wire": 9}}},
    }  # fmt: skip
    return tiny_scenario(**{**base, **overrides})


def experiment(
    plans: tuple[str, ...] = PLANS, n: int = 20, size: float = 640_000.0, speed: tuple[float, ...] = SPEED,
    anger: tuple[float, ...] = ANGER, seed: int = 2019, n_areas: int = 4,
) -> Experiment:  # fmt: skip
    """Return an experiment of exponential restoration from a peak of `size`; size 0 gives zeros everywhere."""
    at = np.arange(0, 336 * 60 + 1, 30.0)
    h = np.clip((at - 360) / 60, 0, None)
    curves = {name: np.zeros((len(plans), n, len(at)), np.float32) for name in CURVES}
    values = np.zeros((len(plans), n, len(MEASURE_NAMES)))
    column = {name: i for i, name in enumerate(MEASURE_NAMES)}
    for r in range(n):
        noise = rng.stream(seed, r, "test.report").standard_normal(4 + len(plans))
        level, tempo = size * np.exp(0.15 * noise[0]), np.exp(0.15 * noise[1])
        for p in range(len(plans)):
            rate = speed[p] * tempo * np.exp(0.04 * noise[4 + p]) / 55.0
            rise = np.clip((at - 240) / 240, 0, 1) ** 2
            out = level * rise * np.exp(-rate * h)
            day = 0.3 + 0.7 * (np.abs(at / 60 % 24 - 14) < 7)
            first = np.gradient(rise, at) * level * 0.1 * 30 + out * 0.0002 * day
            redial = first * (0.9 if p != 4 else 0.1) * (h < 60)
            follow = out * 0.004 * day
            angry = out * 0.00015 * anger[p] * (1 + np.minimum(h / 48, 2))
            data = {
                "customers_out": out, "calls_first": first, "calls_redial": redial, "calls_followup": follow,
                "calls_abandoned": redial * 0.7, "calls_busy": redial * 0.35, "queue": redial * 0.1,
                "agents_busy": np.minimum(first, 60), "complaints": angry, "complaints_low": angry * 0.3,
                "complaints_high": angry * 3, "agents_on_duty": 20 + 40 * day, "calls_queued": first + redial * 0.6,
                "queued_min": redial * 4,
            }  # fmt: skip
            busy = np.minimum(out / 900, 500) * day
            crews = 160 + 480 * np.clip((h - (24 if p != 1 else 6)) / 30, 0, 1)
            data["crews_stood_down"] = np.where((at > 200) & (at < 600), 100.0, 0.0) * (size > 0)
            data["crews_resting"] = crews * (1 - day) * (size > 0)
            data["crews_night"] = 0.2 * data["crews_resting"]
            on = (crews - data["crews_resting"]) * (size > 0) * (at <= 330 * 60)
            data["crews_working"] = np.minimum(busy, 0.7 * on)
            data["crews_travelling"] = np.minimum(busy * 0.3, 0.2 * on)
            data["crews_waiting"] = np.clip(on - data["crews_working"] - data["crews_travelling"], 0, None)
            data["complaints_open"] = np.convolve(angry, np.exp(-np.arange(200) / 60))[: len(angry)]
            for name, curve in data.items():
                curves[name][p, r] = curve
            hours = out.sum() / 2
            numbers = {
                "customer_hours": hours, "peak_out": out.max(), "affected": level * 1.1, "t95_h": 3 / rate if size else 0,
                "complaints": angry.sum(), "complaints_low": angry.sum() * 0.3, "complaints_high": angry.sum() * 3,
                "calls_offered": (first + redial + follow).sum(), "abandoned_fraction": 0.3 if size and p != 4 else 0.04,
                "busy_fraction": 0.15 if size and p != 4 else 0.0, "poles_broken": 2000.0 * np.exp(0.2 * noise[2]),
                "cost": 42e6 * (1 + 0.3 * p), "cost_if_storm_turns_away": 3.2e6 * (p in (1, 5)), "peak_at_h": 2.0,
                "etr_kept_fraction": 0.4 + 0.1 * (p % 4), "etr_off_h": 30.0 / speed[p],
                **{f"etr_kept_fraction_{stage}": 0.3 + 0.2 * k for k, stage in enumerate(("global", "area", "individual"))},
                **{f"etr_off_h_{stage}": 20.0 / (k + 1) for k, stage in enumerate(("global", "area", "individual"))},
            }  # fmt: skip
            shares = np.array([0.3, 0.06, 0.38, 0.05, 0.16, 0.04, 0.01, 0.0])
            numbers |= {"saidi_h_city": hours / 4e6, "saidi_h_rural": hours / 2e6, "saidi_h_remote": hours / 1e6}
            numbers["critical_beyond_backup"] = 12.0 / speed[p] * (size > 0)
            numbers |= {stage: hours * s for stage, s in zip(HOURS_BY_STAGE, shares, strict=True)}
            about = np.array([0.4, 0.05, 0.12, 0.15 * (p > 3), 0.12, 0.1 * (p < 4), 0.04, 0.01])
            numbers |= {cause: angry.sum() * s for cause, s in zip(COMPLAINTS_BY_CAUSE, about / about.sum(), strict=True)}
            numbers |= {"complaints_contacted_late_fraction": 0.7 / speed[p], "complaints_answered_late_fraction": 0.2 / speed[p]}
            numbers |= {"complaints_taken_further": angry.sum() * 0.15, "complaints_to_government": angry.sum() * 0.2}
            numbers["complaints_to_regulator"] = angry.sum() * 0.14
            content = 75.0 - 30.0 / speed[p]
            numbers |= {"satisfaction": content, "satisfaction_low": content - 12, "satisfaction_high": content + 12}
            numbers |= {"satisfaction_surveyed": content - 6, "satisfaction_margin": 2.5, "survey_answers": 180.0}
            for name, number in numbers.items():
                values[p, r, column[name]] = number
    areas = {name: np.ones((len(plans), n, n_areas)) for name in AREAS}
    journey = {"out": 1.0, "aware": 0.9, "in_touch": 0.2, "answered": 0.15, "told_answered": 0.1, "told_others": 0.4,
               "missed": 0.2, "unreached": 0.45}  # fmt: skip
    areas |= {f"journey_{name}": np.full((len(plans), n, n_areas), size * share) for name, share in journey.items()}
    points = np.stack([curves["customers_out"][:, :, g] for g in (68, 171, 430)], axis=2).astype(float)
    return Experiment(
        plans, tuple(f"What {name} does" for name in plans), plans[0], seed, tuple(range(n)), MEASURE_NAMES, values,
        np.zeros(values.shape, bool), at, curves, areas, points, np.full((len(plans), n), 480.0),
    )  # fmt: skip


def using(made: Experiment, **used: Sequence[float]) -> Experiment:
    """Return the experiment with the quantities of the cost's parts: those named, by plan and alike in all storms, else none."""
    names = [f"used_{part}" for part in PARTS] + [f"lost_{part}" for part in LOST]
    more = np.zeros((*made.values.shape[:2], len(names)))
    for part, quantities in used.items():
        more[:, :, names.index(f"used_{part}")] = np.array(quantities)[:, None]
    return replace(
        made, measures=(*made.measures, *names), values=np.concatenate([made.values, more], axis=2),
        censored=np.concatenate([made.censored, np.zeros(more.shape, bool)], axis=2),
    )  # fmt: skip


def check_rows() -> tuple[CheckRow, ...]:
    """Return three rows of a check, one of which fails."""
    return (
        CheckRow("peak_out", np.nan, 612_000.0, 540_000.0, 701_000.0, np.nan, 480_000, 800_000, True),
        CheckRow("peak_at", np.nan, 480.0, 450.0, 540.0, np.nan, 360.0, 720.0, True),
        CheckRow("out", 2040.0, 420_000.0, 380_000.0, 500_000.0, 540_000.0, 432_000.0, 648_000.0, False, "press"),
    )


def island() -> tuple[Network, Coast, Track]:
    """Return a small network of four areas on a square island, with a storm passing over it."""
    n = 24
    spread = np.linspace(-30, 30, n).tolist()
    network = tiny_network(
        [-1] * n, [100 * (i + 1) for i in range(n)], area=[i % 4 for i in range(n)], n_areas=4, x=spread,
        y=[20.0 * (-1) ** i + i for i in range(n)], critical=[(1, 120.0), (5, 6000.0)],
    )  # fmt: skip
    network.area_lon[:] = LON0 + np.array([-0.2, 0.2, -0.2, 0.2])
    network.area_lat[:] = LAT0 + np.array([-0.15, -0.15, 0.2, 0.2])
    w, e, s, north = LON0 - 0.5, LON0 + 0.5, LAT0 - 0.4, LAT0 + 0.6
    coast = Coast((np.array([[w, s], [e, s], [e, north], [w, north], [w, s]]),))
    at = np.datetime64("2020-07-31T15:00:00", "s") + np.arange(5) * np.timedelta64(3, "h")
    lat = LAT0 + np.linspace(-0.9, 0.9, 5)
    track = Track("TEST", at, np.full(5, LON0 - 0.1), lat, np.full(5, 40.0), np.full(5, 955.0), np.full(5, np.nan))
    return network, coast, track


def log(network: Network) -> Log:
    """Return the log of a drill with two crews: two sections in three go dark and come back one after the other."""
    made = Recorder()
    dark = [i for i in range(network.n_sections) if i % 3]
    for crew in (0, 1):
        made.add(0.0, "shift_started", crew=crew)
    for i in dark:
        made.add(480.0, "section_went_dark", section=i, interruption=i, customers=int(network.customers[i]))
        made.add(480.0, "fault_occurred", section=i, fault=dark.index(i), value=0.0)
    made.add(485.0, "outage_inferred", section=1, outage=0, value=482.0, detail="probable")
    made.add(490.0, "job_opened", section=1, outage=0, job=0, fault=0)
    made.add(490.0, "etr_published", place=1, value=1200.0, customers=900, detail="global")
    for n, at in enumerate((490.0, 495.0)):
        made.add(at, "stock_drawn", crew=0, job=0, place=0, value=1.0 - n, detail="pole")
    made.add(495.0, "material_ran_out", value=1.0)
    made.add(500.0, "crew_dispatched", crew=0, job=0, section=1)
    made.add(560.0, "crew_arrived", crew=0, job=0, section=1)
    made.add(900.0, "repair_finished", crew=0, job=0, section=1, fault=0)
    for k, i in enumerate(dark):
        made.add(900.0 + 60 * k, "section_restored", section=i, interruption=i, value=420.0 + 60 * k)
    return made.finish()


def material(plans: tuple[str, ...] = PLANS, n: int = 20, maps: bool = True, **given: Any) -> Material:
    """Return everything the report needs, made up."""
    played, made = experiment(plans, n, **given), scenario(plans)
    network, coast, track = island()
    shown = WorstHour(np.arange(network.n_sections) % 3 > 0, 480.0, plans[0], min(3, n - 1)) if maps else None
    happened = log(network)
    kept = dict.fromkeys(plans, (min(3, n - 1), happened)) if maps else {}
    uses = depot_uses(Setting(made, network, track, (), played.seed), played, kept)  # of plans that have all the same crews
    return Material(
        played,
        compare(played, made),
        made,
        check_rows(),
        network if maps else None,
        coast,
        track if maps else None,
        shown,
        happened if maps else None,
        tuple(replace(use, like="") for use in uses[:-1]) + tuple(uses[-1:]),
    )


COMMAND = ("drill", "run", "typhoon.toml", "-n", "20", "--seed", "2019")
OUT = Path("report.html")
