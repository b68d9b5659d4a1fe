"""[risk] and [risks]: the shipped ones, changes of them, and what is wrong with a file, each named with its place."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.metrics.measures import MEASURES
from sim.scenario import read, template
from sim.scenario.expressions import parse
from sim.scenario.risks import IMPACT_UNITS
from sim.scenario.shipped_risks import shipped_names
from sim.words import LANGUAGES, words

OWN = """
[risks.mine]
when = "complaints > 10"
impact = "complaints"
source = "internal"
cause = "people"
owner = "me"
treatment = "accept"
"""


def written(folder: Path, more: str = "") -> Path:
    path = folder / "mine.toml"
    path.write_text(template() + more, encoding="utf-8")
    return path


def wrong(folder: Path, more: str, *sets: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read(written(folder, more), sets)
    return [str(problem) for problem in error.value.problems]


def test_a_dozen_risks_ship_over_known_measures_with_names_in_every_language(tmp_path: Path) -> None:
    risks = read(written(tmp_path)).scenario.risks
    assert tuple(risks) == shipped_names()
    assert len(risks) >= 12
    assert {risk.cause for risk in risks.values()} == {"people", "process", "environment", "technology"}
    assert {risk.treatment for risk in risks.values()} == {"avoid", "transfer", "mitigate", "accept"}
    assert {risk.source for risk in risks.values()} == {"internal", "external"}
    for name, risk in risks.items():
        assert parse(risk.when, "truth").names | parse(risk.impact, "number").names <= set(MEASURES)
        assert MEASURES[risk.impact].unit in IMPACT_UNITS
        for lang in LANGUAGES:
            assert f"risk_name.{name}" in words(lang)
            assert f"risk_owner.{risk.owner}" in words(lang)


def test_single_keys_of_a_shipped_risk_can_be_changed_and_others_added(tmp_path: Path) -> None:
    more = OWN + '\n[risks.late_restoration]\nwhen = "t95_h > 48"\n[risks.calls_lost]\nenabled = false\n'
    risks = read(written(tmp_path, more)).scenario.risks
    assert risks["late_restoration"].when == "t95_h > 48"
    assert risks["late_restoration"].owner == "restoration"
    assert not risks["calls_lost"].enabled
    assert list(risks)[-1] == "mine"


def test_none_of_those_that_ship_are_there_when_the_file_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, '\n[risk]\npreset = "none"\n' + OWN)
    assert list(read(path).scenario.risks) == ["mine"]
    changed = read(path, ["risks.late_restoration.when=t95_h > 24"]).scenario.risks
    assert changed["late_restoration"].when == "t95_h > 24"
    assert list(read(written(tmp_path), ["risk.preset=none"]).scenario.risks) == []
    assert tuple(read(written(tmp_path)).scenario.risks) == shipped_names()  # nothing of an edit stays behind


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('cause = "weather"', "risks.mine.cause = \"weather\": one of people, process, environment, technology"),
        ('source = "sea"', 'risks.mine.source = "sea": one of internal, external'),
        ('treatment = "pray"', 'risks.mine.treatment = "pray": one of avoid, transfer, mitigate, accept'),
        ('owner = ""', 'risks.mine.owner = "": a text of 1 to 200 characters in one line'),
        ('owner = "  "', 'risks.mine.owner = "  ": the name of who answers for it'),
        ('when = "complaints / 0 > 1"', 'risks.mine.when = "complaints / 0 > 1": division by zero'),
        ('when = "complaints"', "risks.mine.when = \"complaints\": a comparison is needed here"),
        ('impact = "complaints > 1"', "risks.mine.impact = \"complaints > 1\": a number is needed here"),
        ("when = \"__import__('os').system('x') > 1\"", "may not stand here"),
        ('when = "' + "x" * 10_000 + '"', "at most 400 characters; these are 10,000"),
        ('unit = "customer-hours"', 'risks.mine.unit = "customer-hours": one of customer-h, customers, complaints'),
        ("impact_medium = 5.0", "risks.mine.impact_high: missing; both cut-offs of a risk are given, or neither"),
        ("impact_medium = 5.0\nimpact_high = 5.0", "risks.mine.impact_high = 5.0: above impact_medium, 5.0"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_risk_is_named(tmp_path: Path, change: str, said: str) -> None:
    key = change.split(" = ")[0]
    kept = "\n".join(line for line in OWN.splitlines() if not line.startswith(f"{key} ="))
    (problem,) = wrong(tmp_path, f"{kept}\n{change}\n")
    assert said in problem


def test_an_owner_left_out_is_missing(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, OWN.replace('owner = "me"\n', ""))
    assert "risks.mine.owner: missing" in problem


def test_likelihood_per_year_needs_storms_per_year(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, '\n[risk]\nlikelihood_per = "year"\n')
    assert 'risk.likelihood_per = "year": needs storm.per_year, which is not given' in problem
    path = written(tmp_path, '\n[risk]\nlikelihood_per = "year"\n')
    assert read(path, ["storm.per_year=0.5"]).scenario.storm.per_year == 0.5


@pytest.mark.parametrize("stem", ["likelihood", *(stem for stem, _ in IMPACT_UNITS.values())])
def test_cut_offs_rise(tmp_path: Path, stem: str) -> None:
    (problem,) = wrong(tmp_path, f"\n[risk]\n{stem}_medium = 0.4\n{stem}_high = 0.4\n")
    assert f"risk.{stem}_high = 0.4: above {stem}_medium, 0.4" in problem


def test_no_plan_may_grade_risks_otherwise(tmp_path: Path) -> None:
    (problem,) = wrong(tmp_path, "\n[plans.ready_early.risk]\nlikelihood_high = 0.9\n")
    assert "plans.ready_early.risk" in problem
    assert "the same for all plans" in problem
