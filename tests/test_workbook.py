"""The workbook holds the tables as they are, and no cell of it is a formula."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sim.experiment.compare import compare
from sim.results import write_tables
from sim.results.workbook import write_xlsx
from tests import synthetic
from tests.tiny import tiny_network

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "http://x", "plain", "电杆"]


def sheets(path: Path) -> dict[str, list[dict[int, str | float | bool]]]:
    """Return the cells of every sheet by column; fails on formulas and links."""
    out = {}
    with zipfile.ZipFile(path) as book:
        assert not [name for name in book.namelist() if "rels" in name and b"hyperlink" in book.read(name)]
        strings = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = [
            sheet.get("name") for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]
        for i, name in enumerate(names, start=1):
            root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{i}.xml"))
            assert not list(root.iter(f"{MAIN}f"))
            rows = []
            for row in root.iter(f"{MAIN}row"):
                cells: dict[int, str | float | bool] = {}
                for cell in row:
                    value = cell.findtext(f"{MAIN}v") or ""
                    letters = re.match("[A-Z]+", cell.get("r", ""))
                    assert letters
                    column = 0
                    for letter in letters[0]:
                        column = 26 * column + ord(letter) - 64
                    kind = cell.get("t")
                    cells[column - 1] = (
                        strings[int(value)] if kind == "s" else value == "1" if kind == "b" else float(value)
                    )
                rows.append(cells)
            out[str(name)] = rows
    return out


def test_text_stays_text_numbers_keep_their_digits_and_gaps_stay_empty(tmp_path: Path) -> None:
    rows = [[text, 1.0 / 3, True, np.nan, None] for text in EVIL]
    write_xlsx(tmp_path / "a.xlsx", {"one": (["name", "x", "ok", "gap", "none"], rows)})
    read = sheets(tmp_path / "a.xlsx")["one"]
    assert list(read[0].values()) == ["name", "x", "ok", "gap", "none"]
    assert [row[0] for row in read[1:]] == EVIL
    assert read[1] == {0: "=1+1", 1: 1.0 / 3, 2: True}


def test_what_looks_like_a_formula_is_marked_as_quoted(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"one": (["name"], [["=1+1"]])})
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b'quotePrefix="1"' in book.read("xl/styles.xml")


def test_the_same_tables_give_the_same_bytes_and_all_of_them_are_there(tmp_path: Path) -> None:
    played = synthetic.experiment(("base", "=other"), 3, speed=(1.0, 1.5), anger=(1.0, 1.0), n_areas=1)
    made = synthetic.scenario(("base", "other"))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tables(tmp_path / name, played, compare(played, made), (), made, tiny_network([-1], [10]))
    assert (tmp_path / "a" / "tables.xlsx").read_bytes() == (tmp_path / "b" / "tables.xlsx").read_bytes()
    book = sheets(tmp_path / "a" / "tables.xlsx")
    assert {f"{name}.csv" for name in book} == {path.name for path in (tmp_path / "a").glob("*.csv")}
    assert [row[0] for row in book["paired"][1:]] == ["=other"] * 5
    hours = played.of("customer_hours")
    column = 2 + played.measures.index("customer_hours")
    assert [row[column] for row in book["per_replication"][1:]] == pytest.approx(hours.ravel().tolist(), rel=1e-14)
