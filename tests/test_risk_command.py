"""`drill risk` as its users meet it: what is printed and written, in both languages, and what is refused."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.results import open_run
from sim.risk import assess
from sim.scenario.shipped_risks import shipped_names
from tests.test_cli import drill
from tests.test_workbook import sheets

SMALL = ("--set", "network.customers=20000", "-n", "3", "--jobs", "1", "--quiet")
MINE = """
[risk]
preset = "none"
[risks.mine]
title = "=HYPERLINK(\\"http://x\\")<b>"
when = "customer_hours > 0"
impact = "complaints"
source = "internal"
cause = "people"
owner = "+me"
treatment = "accept"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("risks")
    assert drill("new", "mine.toml", folder=folder).returncode == 0
    done = drill("run", "mine.toml", *SMALL, "--out", "run", folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "own.toml").write_text(MINE, encoding="utf-8")
    return folder


@pytest.fixture
def run(folder: Path, tmp_path: Path) -> Path:
    """Return a folder with a run of its own and a file of risks."""
    shutil.copytree(folder / "run", tmp_path / "run")
    shutil.copy(folder / "own.toml", tmp_path)
    return tmp_path


def said(folder: Path, *args: str) -> dict[str, Any]:
    done = drill("risk", "run", *args, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def refused(folder: Path, *args: str) -> str:
    before = sorted(folder.rglob("*"))
    done = drill("risk", "run", *args, folder=folder)
    assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before
    return " ".join(done.stderr.split())


def test_the_register_of_a_run_in_words_tables_and_pictures(run: Path) -> None:
    done = drill("risk", "run", folder=run)
    assert done.returncode == 0, done.stderr
    assert "95 % have power back only after three days or more" in " ".join(done.stdout.split())
    assert max(len(line.rstrip()) for line in done.stdout.splitlines()) <= 100
    names = {path.name for path in (run / "run" / "risk").iterdir()}
    pictures = {f"risk-{name}.{ending}" for name in ("loss", "matrix", "treatments") for ending in ("png", "svg", "csv")}
    tables = {"risk-register.csv", "risk-register.xlsx", "risk-rules.csv", "risk-treatments.csv"}
    assert names == tables | pictures
    open_run(run / "run")  # the run stays whole


def test_json_and_tables_hold_what_the_register_holds(run: Path) -> None:
    told = said(run)
    opened = open_run(run / "run")
    register = assess(opened.experiment, opened.scenario, opened.network().n_customers)
    assert told["plans"] == ["as_now", "ready_early"]
    assert list(told["risks"]) == list(shipped_names())
    assert [(row["name"], row["plan"], row["likelihood"]) for row in told["register"]] == [
        (row.name, row.plan, row.likelihood if row.n else None) for row in register.rows
    ]
    with (run / "run" / "risk" / "risk-register.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["risk"], row["plan"], row["level"]) for row in rows] == [
        (row.name, row.plan, row.level.best) for row in register.rows
    ]
    book = sheets(run / "run" / "risk" / "risk-register.xlsx")
    assert list(book) == ["register", "rules", "treatments"]
    assert len(book["register"]) == len(rows) + 1


def test_the_page_needs_nothing_else_and_speaks_its_language(run: Path) -> None:
    assert drill("risk", "run", "--out", "zh", "--lang", "zh", "--quiet", folder=run).returncode == 0
    page = (run / "zh" / "risk.html").read_text(encoding="utf-8")
    assert 'lang="zh-Hans"' in page
    assert "风险登记册" in page
    assert not re.findall(r'(?:src|href)="(?!data:|risk/|#)', page)
    assert not (run / "run" / "risk.html").exists()


def test_a_file_of_risks_changes_the_register_without_playing_again_and_harms_no_spreadsheet(run: Path) -> None:
    told = said(run, "--risks", "own.toml", "--plan", "ready_early", "--storms-per-year", "0.5")
    assert list(told["risks"]) == ["mine"]
    assert [row["plan"] for row in told["register"]] == ["ready_early"]
    assert told["storms_per_year"] == 0.5
    text = (run / "run" / "risk" / "risk-register.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "'+me" in text
    book = sheets(run / "run" / "risk" / "risk-register.xlsx")  # fails on formulas and links
    assert book["register"][1][2] == '=HYPERLINK("http://x")<b>'
    page = (run / "run" / "risk.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_a_year_is_asked_for_in_the_file(run: Path) -> None:
    (run / "own.toml").write_text(MINE.replace("[risk]", '[risk]\nlikelihood_per = "year"'), encoding="utf-8")
    assert 'risk.likelihood_per = "year": needs storm.per_year' in refused(run, "--risks", "own.toml")
    told = said(run, "--risks", "own.toml", "--storms-per-year", "2")
    assert told["register"][0]["likelihood"] == pytest.approx(0.8646647)  # 1 - exp(-2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("customer_hours > 0", "customer_hour > 0"), "risks.mine.when = customer_hour: not among the"),
        (("customer_hours > 0", "1 / (faults - faults) > 0"), "division by zero in storm 0 under as_now"),
        (("customer_hours > 0", "x" * 10_000), "at most 400 characters; these are 10,000"),
        (('"people"', '"weather"'), "one of people, process, environment, technology"),
        (('"+me"', '""'), "risks.mine.owner"),
        (("[risk]", "[risks.other]\nenabled = true\n[risk]"), "risks.other.when: missing"),
        (("[risk]", "[hotline]\nagents = 1\n[risk]"), "a file of risks has [risk], [risks.NAME] and"),
        (("[risk]", "[risk"), "not TOML"),
        (('"none"', '"some"'), "one of standard, none"),
        (("[risks.mine]", "[risks.mine]\nenabled = false"), "at least one risk"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_risks_is_named_and_nothing_is_written(run: Path, change: tuple[str, str], words: str) -> None:
    (run / "own.toml").write_text(MINE.replace(*change), encoding="utf-8")
    said = refused(run, "--risks", "own.toml")
    assert words in said
    assert "own.toml: " in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--plan", "as_no"), "Did you mean 'as_now'"),
        (("--risks", "none.toml"), "there is no such file"),
        (("--storms-per-year", "0"), "0"),
        (("--lang", "fr"), "languages are en, zh"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(run: Path, args: tuple[str, ...], words: str) -> None:
    assert words in refused(run, *args)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert "not a run folder" in refused(tmp_path)


def test_risks_over_unknown_measures_are_refused_before_a_run(folder: Path) -> None:
    done = drill("run", "mine.toml", "--set", "risks.late_restoration.when=t95 > 72", "--out", "no", folder=folder)
    assert done.returncode == 2
    assert "risks.late_restoration.when = t95: not among the" in done.stderr
    assert not (folder / "no").exists()


@pytest.mark.parametrize("room", [60, 80, 100])
def test_a_table_for_the_terminal_keeps_within_its_room_and_loses_nothing(room: int) -> None:
    import io

    from rich.console import Console

    from sim.report.risk import plain_table

    header = ["plan", "cash", "more than the reference", "customer-hours", "risks left high / medium / low"]
    row = ["off_in_time: avoid", "1.21 million", "-22,272 [-154,361, 109,816]", "1.48 million", "7 / 0 / 8"]
    file = io.StringIO()
    Console(file=file, width=room).print(plain_table("Treatments", (header, [row]), room))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= room
    found = "".join("".join(lines).split())
    for text in (*header, *row):
        assert all(piece in found for piece in text.replace("-", " ").split()), text
