"""Standards and cost over several storms: probabilities with intervals, parts with prices, and how they are said."""

import csv
import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.experiment import compare, spending
from sim.experiment.replicate import Experiment, Replication, stack
from sim.experiment.service import clause_rows, grade_rows
from sim.experiment.statistics import wilson_interval
from sim.metrics.cost import PARTS
from sim.metrics.further import measure_names
from sim.report import answer, as_text, service
from sim.report.figures import cost, cost_parts
from sim.report.material import Material
from sim.report.page import render
from sim.report.style import look_for
from sim.results.service_tables import service_tables
from sim.results.writing import write_csv
from sim.scenario import read
from sim.scenario.cost import Cost
from sim.scenario.model import Scenario
from sim.scenario.standards import LIMITS, Clause
from sim.scenario.template import template
from sim.words import LANGUAGES, words
from tests import synthetic
from tests.tiny import tiny_scenario

TERMS = {
    "clauses": {
        "back": {"about": "interruption", "within_h": 24.0, "at_least_fraction": 0.9, "source": "=rule", "grade": "A"},
        "there": {"about": "arrival", "land": "city", "within_min": 45.0, "mean": True, "exempt": "weather"},
    },
    "grades": {"town": {"levels": ["II", "III"], "load_fraction": [0.6, 0.4], "customers_fraction": [0.7, 0.5]}},
    "area_class": "town",
}


def scenario(**over: object) -> Scenario:
    return tiny_scenario(**({"standards": TERMS, "plans": {"base": {}, "other": {}}} | over))


def experiment(told: dict[str, list[list[float]]], settings: Scenario, n: int = 4) -> Experiment:
    """Storms in which the columns named are as told, (2 plans, n), and all others 1."""
    columns = measure_names(settings)
    values = np.ones((2, n, len(columns)))
    for name, rows in told.items():
        values[:, :, columns.index(name)] = rows
    done = [
        Replication(i, values[:, i], np.zeros((2, len(columns)), bool), {}, {}, np.zeros((2, 0)), np.zeros(2))
        for i in range(n)
    ]
    return stack(done, ("base", "other"), ("", ""), 1, np.zeros(1), columns)


NAN = math.nan
PLAYED = {
    "standard_back_kept": [[1, 1, 1, 0], [NAN] * 4],
    "standard_back_exempt": [[0, 0, 0, 0], [NAN] * 4],
    "standard_there_kept": [[1, NAN, 0, 0], [NAN, NAN, NAN, NAN]],
    "standard_there_exempt": [[0.5, 1, 0.2, 0], [1, 1, 1, 1]],
    "standard_there": [[40, NAN, 50, 60], [NAN] * 4],
    "event_grade": [[2, 3, 3, 0], [0, 0, 0, 0]],
    "event_response_end_h": [[70, 30, 50, NAN], [NAN] * 4],
}


def test_probabilities_of_clauses_over_storms() -> None:
    settings = scenario()
    back, idle, there, blown = clause_rows(experiment(PLAYED, settings), settings)
    assert [(r.clause, r.plan, r.n, r.n_none) for r in (back, idle, there, blown)] == [
        ("back", "base", 4, 0), ("back", "other", 0, 4), ("there", "base", 4, 0), ("there", "other", 4, 0),
    ]  # fmt: skip
    assert (back.met.share, back.missed.share, back.exempt.share) == (0.75, 0.25, 0)
    assert (back.met.lo, back.met.hi) == wilson_interval(3, 4)
    assert (there.met.share, there.missed.share, there.exempt.share) == (0.25, 0.5, 0.25)
    assert (there.figure, there.cases_exempt) == (50, pytest.approx(0.425))
    assert (there.information, back.information) == (True, False)
    assert (blown.exempt.share, blown.met.share) == (1, 0)
    assert math.isnan(idle.met.share)


def test_probabilities_of_grades_add_up() -> None:
    settings = scenario()
    rows = grade_rows(experiment(PLAYED, settings), settings)
    assert [(r.plan, r.grade, r.chance.share) for r in rows] == [
        ("base", "II", 0.25), ("base", "III", 0.5), ("base", "", 0.25),
        ("other", "II", 0), ("other", "III", 0), ("other", "", 1),
    ]  # fmt: skip
    assert [r.response_end_h for r in rows[:2]] == [70, 40]
    assert all(math.isnan(r.response_end_h) for r in rows[2:])


def only_used(*used: str) -> dict[str, list[list[float]]]:
    return {f"used_{part}": [[0.0] * 4] * 2 for part in PARTS if part not in used}


def test_parts_have_quantity_price_and_amount() -> None:
    settings = scenario(cost={"crew_h": 2.0, "tree_crew_h": 3.0})
    told = only_used("own_line", "own_tree", "lodging") | {"used_own_line": [[1, 2, 3, 4], [10] * 4]}
    rows = spending.part_rows(experiment(told, settings), settings.cost)
    assert [(r.plan, r.part, r.quantity) for r in rows] == [
        (plan, part, n)
        for plan, hours in (("base", 2.5), ("other", 10))
        for part, n in (("own_line", hours), ("own_tree", 1), ("lodging", 1))
    ]
    assert [r.amount for r in rows[:2]] == [5.0, 3.0]
    assert spending.unpriced(rows) == ["lodging"]
    assert math.isnan(rows[2].amount)
    # all other columns are 1: a night is lost if the storm turns away, own crews never are
    assert [(r.lost, r.lost_amount) for r in rows[:2]] == [(0, 0), (0, 0)]
    assert rows[2].lost == 1
    assert math.isnan(rows[2].lost_amount)


def test_tables_name_what_has_no_price(tmp_path: Path) -> None:
    settings = scenario(cost={"currency": "CNY", "crew_h": 2.0})
    told = PLAYED | only_used("own_line", "agents") | {"cost": [[10, 10, 10, 10], [30, 30, 30, 30]]}
    told |= {"customer_hours": [[100] * 4, [60] * 4]}
    made = service_tables(experiment(told, settings), settings)
    assert list(made) == ["standards", "event_grades", "cost", "cost_parts"]
    for name, (header, rows) in made.items():
        assert all(len(row) == len(header) for row in rows), name
        write_csv(tmp_path / f"{name}.csv", header, rows)

    def table(name: str) -> list[dict[str, str]]:
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    base, other = table("cost")
    assert (base["currency"], base["not_priced"]) == ("CNY", "agents")
    # 20 more for 40 customer-hours
    assert (other["cost_difference"], other["cost_per_customer_hour_avoided"]) == ("20", "0.5")
    more = experiment(told | {"used_agents": [[1] * 4, [3] * 4]}, settings)
    header, rows = service_tables(more, settings)["cost"]
    assert math.isnan(rows[1][header.index("cost_per_customer_hour_avoided")])  # 2 more agents, at no price
    assert [(row["part"], row["amount"], row["priced"]) for row in table("cost_parts")][:2] == [
        ("own_line", "2", "true"), ("agents", "", "false")
    ]  # fmt: skip
    first = table("standards")[0]
    assert (first["held"], first["limit"], first["unit"], first["met"]) == ("share", "24", "h", "0.75")
    assert first["source"] == "'=rule"  # no spreadsheet takes it for a formula
    assert [row["grade"] for row in table("event_grades")] == ["II", "III", "none"] * 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_of_standards_and_cost(lang: str) -> None:
    settings, w = scenario(), words(lang)
    played = experiment(PLAYED | only_used("own_line", "lodging"), settings)
    lines = service.standards_lines(played, settings, w)
    assert len(lines) == 4  # the head, two clauses, the grade
    assert w.percent(0.75) in lines[1]
    assert w("standards.nothing") in lines[1]
    assert w.percent(0.9) in lines[1]
    assert w("clause.mean") in lines[2]
    shown = service.standards_shown(played, settings, w)
    assert [(each["name"], len(each["rows"])) for each in shown] == [("back", 2), ("there", 2)]
    assert service.grades_shown(played, settings, w)["rows"][0]["cells"][0][0].startswith(w.percent(0.25))
    paid = service.cost_shown(played, settings, w)
    assert not paid["plans"][0]["cells"][0].startswith(w("table.at_least"))
    cut = np.zeros_like(played.censored)
    cut[0, 0, played.measures.index("cost")] = True
    marked = service.cost_shown(dataclasses.replace(played, censored=cut), settings, w)
    assert marked["plans"][0]["cells"][0] == w("table.at_least") + paid["plans"][0]["cells"][0]
    assert [part["name"] for part in paid["parts"]] == [w("cost_part.own_line"), w("cost_part.lodging")]
    assert paid["parts"][1]["cells"][0]["amount"] == w("cost_parts.unpriced")
    assert w("cost_part.lodging") in service.lacking_line(played, settings, w)
    page = render(
        "service.html.j2", w, n=4, standards=shown, grades=service.grades_shown(played, settings, w), cost=paid
    )
    assert w("standards.response_end", n="70") in page
    assert w("cost_parts.lost_of_it", n="1") in page  # lodging
    quiet = tiny_scenario(plans={"base": {}, "other": {}})
    assert service.standards_lines(experiment({}, quiet), quiet, w) == []


def test_costs_cut_off_by_the_end_are_marked_as_in_the_table_of_plans() -> None:
    settings, w = scenario(), words("en")
    played = experiment(PLAYED | only_used("own_line", "lodging"), settings)
    censored = played.censored.copy()
    censored[1, 0, played.measures.index("cost")] = True
    rows = service.cost_shown(dataclasses.replace(played, censored=censored), settings, w)["plans"]
    assert [row["cells"][0].startswith("> ") for row in rows] == [False, True]


@pytest.mark.parametrize(("days", "said"), [(1, "within 1 working day"), (7, "within 7 working days")])
def test_one_working_day_is_singular(days: int, said: str) -> None:
    clause = Clause(about="complaint_contact", within_working_days=days)
    assert service.clause_text(clause, words("en")).split(", ")[0] == f"complainants contacted {said}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_can_be_said_has_words(lang: str) -> None:
    w = words(lang)
    assert all(f"clause.{about}" in w for about in LIMITS)
    assert all(f"cost_part.{part}" in w and f"unit.{PARTS[part].unit}" in w for part in PARTS)
    assert all(f"cost_group.{group}" in w for group in cost_parts.GROUPS)


def test_every_part_of_the_cost_has_one_colour() -> None:
    assert sorted(part for parts in cost_parts.GROUPS.values() for part in parts) == sorted(PARTS)


def test_the_figure_stacks_what_is_priced_and_names_the_rest() -> None:
    settings = scenario(cost={"crew_h": 2.0})
    told = only_used("own_line", "aid_line", "lodging") | {"used_own_line": [[100] * 4, [200] * 4]}
    played = experiment(told, settings)
    look, _ = look_for("en")
    material = Material(played, compare(played, settings), settings)
    sheet = cost_parts.draw(material, look)
    assert sheet is not None
    assert [row[:3] for row in sheet.rows] == [["base", 200.0, 700.0], ["other", 400.0, 700.0]]
    assert "lodging" in cost_parts.subtitle_of(["lodging"], look.words)
    unpriced = scenario(cost={"currency": "CNY"})
    assert cost_parts.draw(Material(played, compare(played, unpriced), unpriced), look) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_priced_is_not_said_to_cost_anything(lang: str) -> None:
    w, made = words(lang), synthetic.material(("base", "other"), 8, speed=(1.0, 1.4), anger=(1.0, 1.0))
    values = made.experiment.values.copy()
    for name in ("cost", "cost_if_storm_turns_away"):
        values[:, :, made.experiment.measures.index(name)] = math.nan
    played = dataclasses.replace(made.experiment, values=values)
    unpriced = made.scenario.model_copy(update={"cost": Cost(currency="CNY")})
    told = answer(compare(played, unpriced), unpriced, (), w, played)
    assert w("answer.cost_unpriced", currency="CNY") in told
    assert "–" not in told
    assert cost.draw(Material(played, compare(played, unpriced), unpriced), look_for(lang)[0]) is None


def partly_priced(other: float, **told: Any) -> Material:
    """Two plans of which the other is better, and uses so many nights without a price where the reference uses 100."""
    made = synthetic.material(("base", "other"), 8, speed=(1.0, 1.4), anger=(1.0, 0.8), **told)
    played = synthetic.using(made.experiment, own_line=(500.0, 500.0), lodging=(100.0, other))
    return dataclasses.replace(made, experiment=played)


@pytest.mark.parametrize(("nights", "lacking"), [(100.0, {}), (130.0, {"lodging": 30.0}), (60.0, {"lodging": -40.0})])
def test_no_hour_has_a_price_where_not_all_that_differs_has_one(nights: float, lacking: dict[str, float]) -> None:
    made = partly_priced(nights)
    prices = made.scenario.cost
    base, other = spending.deals(made.experiment, prices)
    assert (base.lacking, other.lacking) == ({}, lacking)
    assert math.isnan(other.price) == bool(lacking)
    # other costs more in what has a price, so that base is the cheapest unless it uses more of what has none
    assert other.cost[0] > 0
    assert spending.is_open(made.experiment, prices) == (nights < 100)
    assert base.beats(dataclasses.replace(other, avoided=base.avoided)) == (nights >= 100)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_cost_of_what_has_a_price_is_told_as_such(lang: str) -> None:
    w, look, _ = words(lang), *look_for(lang)
    whole, part = partly_priced(100.0), partly_priced(60.0)
    text, starred = (as_text(m.comparison, (), m.scenario, w, m.experiment) for m in (part, whole))
    told = answer(part.comparison, part.scenario, (), w, part.experiment)
    assert w("answer.cost_priced", currency="USD") in told
    assert w("answer.cost_left_out", parts=w("cost_part.lodging")) in told
    assert starred.count(" *") == text.count(" *") + 1
    many = synthetic.using(
        synthetic.experiment(("base", "other"), 8), own_line=(5, 5), aid_line=(5, 6), lodging=(1, 2), agents=(1, 1), notices=(1, 1)
    )  # fmt: skip
    unpriced = part.scenario.model_copy(update={"cost": Cost(currency="CNY", crew_h=1.0)})
    assert w("answer.cost_left_out_many", n=4) in answer(compare(many, unpriced), unpriced, (), w, many)
    drawn = {key: cost.draw(material, look) for key, material in (("whole", whole), ("part", part))}
    fields = {key: [text.get_text() for text in sheet.figure.axes[0].texts] for key, sheet in drawn.items()}
    assert w("cost.cheaper") in fields["whole"]
    assert w("cost.cheaper") not in fields["part"]
    assert w("cost_part.lodging") in " ".join(text.get_text() for text in drawn["part"].figure.texts)
    unit = w("number.big_unit_name")
    assert drawn["part"].figure.axes[0].get_xlabel() == w("cost.x_open", unit=unit, currency="USD")
    hours = w.big(drawn["part"].rows[1][4])
    assert drawn["part"].title == w("cost.title_open", plan="other", reference="base", hours=hours)
    # more of what has no price besides: then it is dearer whatever that costs
    more = cost.draw(partly_priced(130.0), look)
    told = {"plan": "other", "reference": "base", "hours": hours, "currency": "USD", "cost": w.big(more.rows[1][1])}
    assert more.rows[1][2] > 0
    assert more.title == w("cost.title_at_least_more", **told)


def test_what_is_lost_without_a_price_is_not_nothing() -> None:
    made = partly_priced(60.0)
    values = made.experiment.values.copy()
    values[1, :, made.experiment.measures.index("cost_if_storm_turns_away")] = math.nan
    played = dataclasses.replace(made.experiment, values=values)
    told = answer(compare(played, made.scenario), made.scenario, (), words("en"), played)
    assert "what is spent for nothing if the storm turns away has no price" in told


# Bad input


@pytest.fixture
def wrong(tmp_path: Path):
    def problem(text: str) -> str:
        path = tmp_path / "small.toml"
        path.write_text(template() + "\n" + text, encoding="utf-8")
        with pytest.raises(InputError) as error:
            read(path)
        assert len(error.value.problems) == 1, str(error.value)
        assert error.value.exit_code == 2
        return str(error.value)

    return problem


CSG = '[standards]\npreset = "csg"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[standards]\npreset = "csgg"', "standards.preset = \"csgg\": one of none, sgcc, csg"),
        (CSG + "[standards.clauses.arival_city]\nwithin_min = 5", "Did you mean 'standards.clauses.arrival_city'?"),
        (CSG + "[standards.clauses.arrival_city]\nwithin_hours = 1", "arrival_city.within_hours = 1: unknown key"),
        (CSG + "[standards.clauses.arrival_city]\nwithin_h = 1", 'no limit of about = "arrival", which has within_min'),
        (CSG + "[standards.clauses.arrival_city]\nwithin_min = -1", "a number in min, above 0"),
        ('[standards.clauses.x]\nabout = "answer"', 'x.within_s: missing; about = "answer" needs it'),
        ('[standards.clauses.x]\nabout = "answer"\nwithin_s = 9\nland = "city"', "land = \"city\": only where"),
        (CSG + "[standards.clauses.arrival_city]\nmean = true\nat_least_fraction = 0.5", "not with mean = true"),
        ('[standards.clauses.x]\nabout = "busy"\nat_most_fraction = 0.1\nbusy_hours = 2', "only with per_day = true"),
        (CSG + 'area_class = "city_600mv"', "Did you mean 'city_600mw'?"),
        (CSG + 'graded_areas = ["Chiba"]', "only with standards.area_class"),
        (CSG + '[standards.grades.a]\nlevels = ["V"]\nload_fraction = [0.1]\ncustomers_fraction = [0.1]', "one of I, II"),
        (
            CSG + '[standards.grades.a]\nlevels = ["I", "II"]\nload_fraction = [0.1, 0.2]\ncustomers_fraction = [0.2, 0.1]',
            "load_fraction = [0.1, 0.2]: edges that fall from one level to the next",
        ),
        (
            CSG + '[standards.grades.a]\nlevels = ["I", "II"]\nload_fraction = [0.1]\ncustomers_fraction = [0.2, 0.1]',
            "one number for each of the 2 levels",
        ),
        (
            CSG + '[standards.grades.a]\nlevels = ["I"]\nload_fraction = [1.1]\ncustomers_fraction = [0.2]',
            "shares above 0 and at most 1",
        ),
        ('[standards]\npreset = "gb"', 'cost.currency = "USD": GBP, the currency of standards.payments.calm'),
        ('[standards]\npreset = "ny"\n[standards.payments.widespread]\nfurther = -25', "further = -25: a number"),
        ('[standards]\npreset = "ny"\nweather = "stormy"', "one of standards.payments: widespread"),
        (
            '[standards.payments.a]\ncurrency = "USD"\nafter_h = 1\nhome = 1\nbusiness = 1\nfurther = 2',
            "further_h: missing; further needs it",
        ),
        ("[standards]\nclauses = 3", "standards.clauses = 3: a table"),
    ],
)  # fmt: skip
def test_wrong_standards_get_one_clear_error(wrong, text: str, said: str) -> None:
    assert said in wrong(text)


def test_a_preset_can_be_changed_and_removed_from(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    over = CSG + "[standards.clauses.arrival_city]\nwithin_min = 50\n[standards.clauses.answer]\nenabled = false\n"
    path.write_text(template() + "\n" + over, encoding="utf-8")
    found = read(path).scenario.standards
    assert found.clauses["arrival_city"].limit == 50
    assert found.clauses["arrival_city"].exempt == "weather"  # the rest is the preset's
    assert "answer" not in found.judged
    named = read(path, ["standards.clauses.restoration_city.within_h=6"])
    assert named.scenario.standards.clauses["restoration_city"].limit == 6
    path.write_text(template(), encoding="utf-8")
    edited = read(path, ["standards.preset=japan"]).scenario.standards
    assert {name: each.limit for name, each in edited.clauses.items()} == {"work_wind": 10}


@given(st.text(max_size=40))
def test_no_text_for_a_preset_ends_in_a_traceback(text: str) -> None:
    from sim.scenario.preset import with_preset

    raw = {"standards": {"preset": text}}
    assert with_preset(raw)["standards"]["preset"] == text
    assert with_preset({"standards": text}) == {"standards": text}
