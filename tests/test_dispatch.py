"""Dispatch rules, the tables of open jobs, and rules of one's own."""

import heapq
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dispatch import NAMES, RULES, Asking, JobTable, View, check_scores, resolve
from sim.dispatch.rules import NEVER_REFUSE
from sim.errors import DrillError, InputError
from sim.scenario.model import RULES as DECLARED
from tests.tiny import tiny_scenario

PLAIN = {
    "opened_at": 0.0, "x": 0.0, "y": 0.0, "expected_min": 60.0, "customers": 100.0, "shared_by": 1.0, "critical": 0.0,
    "backup_end_at": np.inf,
}  # fmt: skip


def table(*rows: dict[str, float], n_areas: int = 1) -> JobTable:
    out = JobTable(n_areas, room=2)
    for job, row in enumerate(rows):
        ints = {name: int(row[name]) for name in ("head", "work", "at_substation") if name in row}
        columns = {name: row.get(name, plain) for name, plain in PLAIN.items()}
        out.add(job, int(row.get("area", 0)), **ints, **columns)
    return out


def view(
    of: JobTable, x: float = 0.0, y: float = 0.0, minutes_left: float = np.inf, crew: int = 0, now: float = 1000.0
) -> View:
    return of.view(Asking(x, y, now, 2.0, 20.0, "line", minutes_left, crew))


def choose(of: JobTable, rule: str, minutes_left: float = np.inf) -> int:
    return of.choose(RULES[rule], view(of, minutes_left=minutes_left))


def test_each_rule_picks_its_own() -> None:
    jobs = table(
        {"opened_at": 5.0, "x": 30.0, "customers": 100.0},
        {"opened_at": 1.0, "x": 20.0, "customers": 200.0, "expected_min": 900.0},
        {"opened_at": 9.0, "x": 10.0, "customers": 50.0},
        {"opened_at": 7.0, "x": 30.0, "customers": 190.0, "expected_min": 30.0},
        {"opened_at": 8.0, "x": 90.0, "customers": 20.0, "critical": 2.0, "backup_end_at": 1200.0},
    )
    assert {rule: choose(jobs, rule) for rule in RULES} == {
        "first_come": 1, "nearest": 2, "most_customers": 1, "customers_per_hour": 3, "critical_first": 4,
        "restore_in_order": 4,
    }  # fmt: skip


def test_customers_per_hour_by_hand() -> None:
    jobs = table({"x": 3.0, "y": 4.0, "customers": 300.0, "shared_by": 3.0, "expected_min": 120.0})
    # 300 customers, three faults: 100 for this one; 120 min on site, 5 km at 2 min/km and 20 min before
    assert RULES["customers_per_hour"](view(jobs)).tolist() == [pytest.approx(100 / 2.5)]


def test_critical_first_goes_by_backup_then_by_customers_per_hour() -> None:
    jobs = table(
        {"customers": 900.0},
        {"critical": 1.0, "backup_end_at": 1300.0, "customers": 10.0},
        {"critical": 1.0, "backup_end_at": 1300.0, "customers": 20.0},
        {"critical": 1.0, "backup_end_at": 1100.0, "customers": 1.0},
        {"customers": 950.0},
    )
    order = np.argsort(-RULES["critical_first"](view(jobs)))
    assert order.tolist() == [3, 2, 1, 4, 0]


def test_restore_in_order_by_hand() -> None:
    jobs = table(
        {"customers": 900.0, "work": 1},
        {"customers": 1.0, "work": 1},
        {"customers": 10.0, "work": 1, "critical": 1.0},
        {"customers": 20.0, "work": 1, "at_substation": 1},
        {"customers": 2.0, "work": 0},
        {"customers": 3.0, "work": 0, "critical": 1.0},
        {"customers": 800.0},
    )
    # wires down (the one before a hospital first), the feeder's breaker, the hospital, many, fewer, a single home
    assert np.argsort(-RULES["restore_in_order"](view(jobs))).tolist() == [5, 4, 3, 2, 0, 6, 1]


def test_every_declared_rule_can_be_had() -> None:
    assert DECLARED == NAMES
    jobs = table({}, {"customers": 200.0})
    for name in NAMES:
        assert jobs.choose(resolve(name), view(jobs)) in (0, 1)


def test_commanders_get_crews_by_backlog_and_keep_them_for_a_period() -> None:
    rows = [{"area": 0, "expected_min": 240.0, "customers": 10.0 + i} for i in range(4)]
    rows += [{"area": 1, "expected_min": 240.0, "customers": 900.0} for _ in range(2)]
    jobs, rule = table(*rows, n_areas=2), resolve("largest_backlog_area")
    given: list[tuple[float, int, int, float]] = []
    rule.note = lambda *told: given.append(told)
    taken = []
    for crew in range(3):
        job = jobs.choose(rule, view(jobs, crew=crew))
        jobs.remove(job)
        taken.append(job)
    # 960 minutes against 480: the first to area 0; 720 / 2 against 480: the second to area 1; 720 / 2 against 240
    assert given == [(1000.0, 0, 0, 1720.0), (1000.0, 1, 1, 1720.0), (1000.0, 2, 0, 1720.0)]
    assert taken == [3, 4, 2]  # within an area by customers per hour
    assert jobs.choose(rule, view(jobs, crew=0, now=1300.0)) == 1  # its term runs, though 900 wait elsewhere
    assert len(given) == 3
    for job in (0, 1):
        jobs.remove(job)
    assert jobs.choose(rule, view(jobs, crew=0, now=1300.0)) == 5  # no work there any more
    assert given[3:] == [(1300.0, 0, 1, 2020.0)]


def test_among_equals_the_job_opened_first() -> None:
    jobs = table(*[{}] * 5)
    jobs.remove(0)  # the last row moves to the front
    assert [choose(jobs, rule) for rule in RULES] == [1] * len(RULES)


def test_jobs_in_the_wind_or_out_of_reach_are_left() -> None:
    jobs = table({"customers": 500.0, "area": 1}, {"customers": 400.0, "x": 100.0}, {"customers": 300.0}, n_areas=2)
    assert choose(jobs, "most_customers") == 0
    jobs.hold(np.array([False, True]))
    assert jobs.n_workable == 2
    assert choose(jobs, "most_customers") == 1
    assert choose(jobs, "most_customers", minutes_left=219.0) == 2  # 100 km are 220 min
    assert choose(jobs, "most_customers", minutes_left=19.0) == -1
    jobs.add(9, 1, **PLAIN | {"customers": 800.0})
    assert jobs.n_workable == 2
    assert choose(jobs, "most_customers") == 1
    jobs.hold(np.array([False, False]))
    assert choose(jobs, "most_customers") == 9


def test_a_row_that_moves_takes_along_that_work_is_forbidden_there() -> None:
    jobs = table({}, {"customers": 50.0}, {"customers": 900.0, "area": 1}, n_areas=2)
    jobs.hold(np.array([False, True]))
    jobs.remove(0)  # the last row moves to the front
    assert jobs.n_workable == 1
    assert [choose(jobs, rule) for rule in RULES] == [1] * len(RULES)
    jobs.remove(2)
    assert jobs.n_workable == 1


def test_most_customers_may_be_asked_for_late() -> None:
    """The first crew asks by this rule after jobs have come, gone and been given back; more come afterwards."""
    jobs = table(*[{"customers": float(n)} for n in (500, 700, 700, 600, 800)])
    for job in (0, 4, 2):
        jobs.remove(job)
    jobs.add(2, 0, **PLAIN | {"customers": 700.0})  # given back
    assert choose(jobs, "most_customers") == 1
    jobs.remove(1)
    assert choose(jobs, "most_customers") == 2
    jobs.add(5, 0, **PLAIN | {"customers": 800.0})
    assert choose(jobs, "most_customers") == 5


def test_what_is_new_for_a_crew_that_found_nothing() -> None:
    jobs = table({"x": 100.0})
    seen = jobs.version
    assert not jobs.has_new(seen, 0.0, 0.0, 50.0)
    jobs.add(7, 0, **PLAIN | {"x": 49.0})
    assert jobs.has_new(seen, 0.0, 0.0, 50.0)
    assert not jobs.has_new(seen, 0.0, 0.0, 48.0)
    jobs.remove(7)
    assert not jobs.has_new(seen, 0.0, 0.0, 50.0)
    jobs.hold(np.array([False]))
    assert jobs.has_new(seen, 0.0, 0.0, 1.0)


def test_the_view_cannot_be_changed() -> None:
    seen = view(table({}, {}))
    with pytest.raises(ValueError, match="read-only"):
        seen.customers[0] = 7.0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**6)), max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_table_is_what_a_dictionary_would_be(moves) -> None:
    jobs, plain = JobTable(1, room=1), {}
    for number, (is_new, pick) in enumerate(moves):
        if is_new or not plain:
            plain[number] = float(pick)
            jobs.add(number, 0, **PLAIN | {"customers": float(pick)})
        else:
            job = sorted(plain)[pick % len(plain)]
            del plain[job]
            jobs.remove(job)
        seen = view(jobs)
        assert dict(zip(seen.job.tolist(), seen.customers.tolist(), strict=True)) == plain
        best = max(plain.values(), default=0.0)
        if plain:
            assert choose(jobs, "most_customers") == min(job for job in plain if plain[job] == best)


@pytest.mark.parametrize("rule", sorted(NEVER_REFUSE, key=lambda rule: rule.__name__))
@pytest.mark.parametrize("row", [{}, {"x": 100.0, "critical": 1.0}, {"area": 1, "backup_end_at": 60.0}, {"expected_min": 0.0}])
def test_a_single_job_is_taken_as_if_it_had_been_scored(rule, row) -> None:
    jobs = table(row, n_areas=2)
    jobs.hold(np.array([False, True]))
    for seen in (view(jobs), view(jobs, minutes_left=30.0), jobs.view(Asking(0.0, 0.0, 9.0, 0.0, 0.0, "line"))):
        assert np.isfinite(rule(seen)).all()
        assert jobs.choose(rule, seen) == jobs.choose(lambda v: rule(v), seen)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_most_customers_is_found_as_any_rule_of_that_score(data) -> None:
    jobs, open_jobs = JobTable(2, room=1), []
    for job in range(40):
        if open_jobs and data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(open_jobs))
            jobs.remove(gone)
            if data.draw(st.booleans()):
                jobs.add(gone, gone % 2, **PLAIN | {"x": float(gone), "customers": float(gone % 3)})  # given back
            else:
                open_jobs.remove(gone)
        else:
            jobs.add(job, job % 2, **PLAIN | {"x": float(job), "customers": float(job % 3)})
            open_jobs.append(job)
        if not open_jobs:
            continue
        jobs.hold(np.array([data.draw(st.booleans()), False]))
        seen = view(jobs, minutes_left=data.draw(st.sampled_from([10.0, 30.0, 60.0, np.inf])))
        wanted = np.array(data.draw(st.lists(st.booleans(), min_size=len(seen), max_size=len(seen))), bool)
        for one in (seen, seen.narrowed(wanted)):
            assert jobs.choose(RULES["most_customers"], one) == jobs.choose(lambda v: v.customers, one)


# -- an exact instance: damaged sections on one feeder, soft precedence, no travel -------------------------------

REPAIR_H = {"S1": 3.0, "S4": 5.0, "S7": 2.0, "S10": 4.0, "S2": 1.5, "S5": 2.5, "S9": 1.0}
SERVED = [  # customers, and the damaged sections on their path; the first feeder of a published test system
    (210, {"S1", "S2"}), (210, {"S1"}), (210, {"S1", "S4", "S5"}), (1, {"S1", "S4"}), (1, {"S1", "S4", "S7"}),
    (10, {"S1", "S4", "S7", "S9"}), (10, {"S1", "S4", "S7", "S10"}),
]  # fmt: skip


def customer_hours(rule: str, n_crews: int) -> float:
    """Return customers times hours to restoration when crews take jobs by a rule, one after the other."""
    names = list(REPAIR_H)
    jobs = JobTable(1)
    for job, name in enumerate(names):
        behind = sum(n for n, path in SERVED if name in path)
        jobs.add(job, 0, **PLAIN | {"opened_at": job, "expected_min": 60 * REPAIR_H[name], "customers": behind})
    free, done = [0.0] * n_crews, {}
    while jobs.n:
        at = heapq.heappop(free)
        job = jobs.choose(RULES[rule], jobs.view(Asking(0.0, 0.0, at, 0.0, 0.0, "line")))
        jobs.remove(job)
        done[names[job]] = at + REPAIR_H[names[job]]
        heapq.heappush(free, done[names[job]])
    return sum(n * max(done[name] for name in path) for n, path in SERVED)


@pytest.mark.parametrize(
    ("rule", "crews", "hours"),
    [
        ("first_come", 1, 8013.0), ("first_come", 2, 4085.0), ("first_come", 3, 3175.0),
        ("customers_per_hour", 1, 4461.0), ("customers_per_hour", 2, 3146.0), ("customers_per_hour", 3, 2783.0),
    ],
)  # fmt: skip
def test_customer_hours_of_list_schedules(rule, crews, hours) -> None:
    assert customer_hours(rule, crews) == hours


# -- rules of one's own ------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "ownrules.py").write_text(
        "import numpy as np\n"
        "def last_come(view): return view.opened_at\n"
        "def broken(view): return view.nothing\n"
        "def nan(view): return np.full(len(view), np.nan)\n"
        "def short(view): return view.customers[1:]\n"
        "def leaves(view): raise SystemExit(0)\n"
        "def text(view): return ['a'] * len(view)\n"
        "def inside(view): return np.sum(view.customers, axis=3)\n"
        "number = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("ownrules", None)


def test_a_rule_of_ones_own(own) -> None:
    before = list(sys.path)
    jobs = table({"opened_at": 1.0}, {"opened_at": 5.0})
    assert jobs.choose(resolve("ownrules:last_come", allow_code=True), view(jobs)) == 1
    assert sys.path == before


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("broken", "AttributeError"), ("nan", "not a number for job 0 of 2"), ("short", r"shape \(1,\); 2 jobs"),
        ("text", "not an array"), ("leaves", "SystemExit"),
    ],
)  # fmt: skip
def test_a_rule_that_fails_names_plan_and_rule(own, function, message) -> None:
    rule = resolve(f"ownrules:{function}", allow_code=True, plan="mine")
    with pytest.raises(DrillError, match=message) as error:
        rule(view(table({}, {})))
    assert str(error.value).startswith(f"plan 'mine': dispatch.rule = \"ownrules:{function}\" ")
    assert error.value.exit_code == 1


def test_a_rule_that_fails_names_local_time_and_its_own_line(own) -> None:
    rule = resolve("ownrules:inside", allow_code=True, plan="mine", settings=tiny_scenario())
    with pytest.raises(DrillError) as error:
        rule(view(table({}, {}), now=90.0))
    assert str(error.value) == (
        "plan 'mine': dispatch.rule = \"ownrules:inside\" failed at minute 90 (2020-08-01 01:30 local time): "
        "AxisError: axis 3 is out of bounds for array of dimension 1 (ownrules.py, line 8)"
    )


@pytest.mark.parametrize(
    ("name", "allow", "message"),
    [
        ("ownrules:last_come", False, "--allow-code"), ("nearst", True, "Did you mean 'nearest'"),
        ("ownrules:missing", True, "AttributeError"), ("no_such_module:f", True, "ModuleNotFoundError"),
        ("ownrules:number", True, "a function of one view"),
    ],
)  # fmt: skip
def test_a_rule_that_is_not_there_is_wrong_input(own, name, allow, message) -> None:
    with pytest.raises(InputError, match=message) as error:
        resolve(name, allow, "mine")
    assert "plan 'mine'" in str(error.value)


def test_scores_are_checked() -> None:
    assert check_scores([1, 2], 2, "r").tolist() == [1.0, 2.0]
    assert check_scores(np.array([-np.inf, 1.0]), 2, "r").tolist() == [-np.inf, 1.0]
    with pytest.raises(DrillError, match="2 jobs"):
        check_scores(3.0, 2, "r")


def test_five_thousand_jobs_are_scored_in_one_go() -> None:
    jobs = JobTable(1)
    for job in range(5000):
        jobs.add(job, 0, **PLAIN | {"x": job % 97, "customers": (job * 37) % 1009})
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(20):
            choose(jobs, "customers_per_hour")
        best = min(best, (time.perf_counter() - start) / 20)
    assert best < 2e-3  # measured 60 microseconds; a loop over jobs takes 10 ms
