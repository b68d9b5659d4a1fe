"""The native form of a network: what is read, what comes back, and how everything wrong is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.grid import (
    DEVICES,
    check,
    describe_columns,
    equipped,
    grow,
    read_coast,
    read_grid,
    read_settlements,
    write_grid,
)
from sim.grid.native.columns import TABLES
from sim.grid.plant import Grid
from sim.scenario.model import Network as Config

FAXAI = Path(__file__).parents[1] / "scenarios" / "faxai"

#   A ==b==> 1 --d--> 2 --f--> 3          B ==b==> 4
#                      \--tie t (100 kW)-----------'
PLAIN = {
    "sections": "section,from_bus,to_bus,length_km\nS1,A,1,2\nS2,2,1,1.5\nS3,2,3,0.5\nS4,B,4,1\n",
    "sources": "bus\nA\nB\n",
    "load_points": "load_point,bus,customers,class,load_kw\nL1,1,10,residential,20\nL2,2,5,industrial,50\nL3,3,7,,\nL4,4,1,,3\n",
    "devices": "section,at_bus,kind,control,success,switching_h\nS1,A,breaker,remote,,\n"
    "S2,1,disconnector,,,0.5\nS3,2,fuse,,0.9,\nS4,B,breaker,,,\n",
    "ties": "tie,bus_a,bus_b,capacity_kw,control\nt,2,4,100,remote\n",
}


def written(folder: Path, **tables: str) -> Path:
    for name, text in (PLAIN | tables).items():
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, **tables: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_grid(written(folder, **tables))
    return [str(p).removeprefix(f"{folder}/") for p in caught.value.problems]


def test_a_small_network_is_read(tmp_path: Path) -> None:
    grid = read_grid(written(tmp_path))
    n, gear = grid.network, grid.switchgear
    assert n.name.tolist() == ["S1", "S2", "S3", "S4"]
    assert n.parent.tolist() == [-1, 0, 1, -1]
    assert [DEVICES[d] for d in n.device] == ["breaker", "disconnector", "fuse", "breaker"]
    assert n.zone.tolist() == [0, 0, 2, 3], "a disconnector does not cut off a fault by itself"
    assert n.customers.tolist() == [10, 5, 7, 1]
    assert n.business.tolist() == [0, 5, 0, 0]
    assert n.feeder_name.tolist() == ["A-F01", "B-F01"]
    assert n.tie.tolist() == [[1, 3]]
    assert (gear.tie_capacity_kw.tolist(), gear.tie_is_remote.tolist(), gear.tie_name.tolist()) == (
        [100.0],
        [True],
        ["t"],
    )
    assert gear.success.tolist() == [1.0, 1.0, 0.9, 1.0]
    assert gear.is_remote.tolist() == [True, False, False, False]
    np.testing.assert_array_equal(gear.switch_min, [np.nan, 30.0, np.nan, np.nan])
    assert gear.peak_kw.tolist() == [20.0, 50.0, 7.0, 3.0]
    assert grid.load_points.load_kw.tolist() == [20.0, 50.0, 7.0, 3.0]
    assert not grid.is_placed


def test_what_was_assumed_and_what_is_not_used_is_said(tmp_path: Path) -> None:
    devices = "section,at_bus,kind,colour\nS1,A,breaker,red\n"
    (tmp_path / "notes.csv").write_text("a\n1\n")
    notes = {note.key: dict(note.values) for note in read_grid(written(tmp_path, devices=devices)).notes}
    assert notes == {
        "unused_column": {"file": "devices.csv", "column": "colour"},
        "unused_file": {"file": "notes.csv"},
        "assumed_loads": {"n": "1", "kw": "1"},
        "assumed_breakers": {"n": "1", "first": "S4"},
        "assumed_poles": {"n": "4"},
        "assumed_transformers": {"n": "4"},
    }


def test_devices_at_a_downstream_end_and_several_at_one_end_become_stubs(tmp_path: Path) -> None:
    devices = "section,at_bus,kind\nS1,1,disconnector\nS1,A,breaker\nS2,1,disconnector\nS2,1,fuse\n"
    n = read_grid(written(tmp_path, devices=devices)).network
    assert n.name.tolist() == ["S1", "S1@1", "S2@1", "S2", "S3", "S4"]
    assert n.parent.tolist() == [-1, 0, 1, 2, 3, -1]
    assert [DEVICES[d] for d in n.device] == ["breaker", "disconnector", "disconnector", "fuse", "none", "breaker"]
    assert n.length_km.tolist() == [2.0, 0.0, 0.0, 1.5, 0.5, 1.0]
    assert n.customers.tolist() == [0, 10, 0, 5, 7, 1], "customers at a bus hang behind the device at its side"


def test_what_hangs_on_a_source_gets_a_busbar(tmp_path: Path) -> None:
    ties = "bus_a,bus_b\n3,B\n"
    n = read_grid(written(tmp_path, ties=ties)).network
    assert n.name.tolist() == ["S1", "S2", "S3", "B busbar", "S4"]
    assert n.tie.tolist() == [[2, 3]]
    check(n)


def test_an_exported_network_reads_back_the_same(tmp_path: Path) -> None:
    config = Config(settlements="-", coast="-", customers=60_000, ties_per_feeder=2.0)
    network = grow(config, read_settlements(FAXAI / "settlements.csv"), read_coast(FAXAI / "coast.geojson"))
    assert len(network.tie) > 5
    same(equipped(network), tmp_path)


def test_equipment_and_rates_read_back_the_same(tmp_path: Path) -> None:
    sections = (
        "section,from_bus,to_bus,length_km,fail_per_km_yr,temporary_per_km_yr,repair_h,switching_h,transformers,"
        "transformer_fail_per_yr,transformer_repair_h,capacity_kw,kind,land_class,area\n"
        "S1,A,1,2,0.07,0.3,5,0.7,0,,,900,cable,city,East\nS2,2,1,1.5,0.1,,3,,2,0.015,200,,,remote,West\n"
        "S3,2,3,0.5,0,,,,1,0,,,,,\nS4,B,4,1,,,,1,0,,,,,,\n"
    )
    sources = "bus,substation,capacity_kw,fail_per_yr,repair_h,switching_h\nA,North,5000,0.01,12,1.5\nB,South,,,,\n"
    buses = "bus,lon,lat\n" + "".join(f"{bus},{140 + i / 100},35.5\n" for i, bus in enumerate("AB1234"))
    critical = "name,bus,kind,backup_h\nClinic,3,hospital,24\n"
    folder = tmp_path / "given"
    folder.mkdir()
    grid = read_grid(written(folder, sections=sections, sources=sources, buses=buses, critical=critical))
    assert grid.rates.fail_per_yr.tolist() == pytest.approx([0.14, 0.15, 0.0, 0.0])
    assert grid.rates.temporary_per_yr.tolist() == pytest.approx([0.6, 0.0, 0.0, 0.0])
    assert grid.rates.transformer_fail_per_yr.tolist() == [0.0, 0.03, 0.0, 0.0]
    assert grid.rates.isolate_min.tolist() == [42.0, np.inf, np.inf, 60.0]
    assert grid.network.n_poles.tolist()[0] == 0
    same(grid, tmp_path)


def same(grid: Grid, folder: Path) -> None:
    """Write a grid, read it, and demand that nothing but the origin of the plane and the wind cells differs."""
    out = folder / "out"
    out.mkdir()
    write_grid(grid, out)
    again = read_grid(out)
    assert again.notes == ()
    own = {"lon0", "lat0", "x0", "y0", "x1", "y1"}
    for part in ("network", "switchgear", "rates", "load_points"):
        for field in fields(getattr(grid, part)):
            if field.name in own or field.name.startswith("cell"):
                continue
            a, b = getattr(getattr(grid, part), field.name), getattr(getattr(again, part), field.name)
            if a.dtype.kind == "f":
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-9, err_msg=field.name)
            else:
                assert a.tolist() == b.tolist(), field.name


def test_every_column_is_described() -> None:
    text = describe_columns()
    for table in TABLES:
        assert f"## {table.file}" in text
        for column in table.columns:
            assert f"| `{column.name}` |" in text


LOOP = PLAIN["sections"] + "S5,3,1,1\n"
SECTIONS = "section,from_bus,to_bus,length_km\n"


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ({"sections": PLAIN["sections"] + "S7,8,9,1\nS8,9,10,1\n"},
         ["sections.csv: line 6 = S7: no source feeds this section (2 in this island)."]),
        ({"sections": LOOP}, [("sections.csv: line 4 = S3: closes a loop: bus 3 already has supply by section S5 (line 6); "
                              "networks are radial, so give the normally open way as a tie.")]),
        ({"sections": PLAIN["sections"] + "S5,1,3,1\n"},
         [("sections.csv: line 4 = S3: is a second parent of bus 3, which section S5 (line 6) feeds: a loop; "
          "networks are radial, so give the normally open way as a tie.")]),
        ({"sections": PLAIN["sections"] + "S5,4,3,1\n"},
         ["sections.csv: line 5 = S4: joins source A with source B"]),
        ({"sections": PLAIN["sections"] + "S5,3,A,1\n"},
         ["sections.csv: line 4 = S3: closes a loop: bus 2 already has supply by section S2 (line 3)"]),
        ({"load_points": "load_point,bus,customers\nL1,1,0\nL2,2,1.5\nL3,3,many\n"},
         ["load_points.csv: line 2 customers = 0: needs a whole number from 1 to 5e+07.",
          "load_points.csv: line 3 customers = 1.5: needs a whole number",
          "load_points.csv: line 4 customers = many: needs a whole number"]),
        ({"load_points": "load_point,bus,customers\n"}, ["load_points.csv: line 2: needs at least one row."]),
        ({"sections": SECTIONS + "S1,A,1,-2\nS2,1,2,nan\nS3,2,3,inf\nS4,B,4,\n"},
         ["sections.csv: line 2 length_km = -2: needs a number from 0 to 2000 km.",
          "sections.csv: line 3 length_km = nan: needs a number",
          "sections.csv: line 4 length_km = inf: needs a number",
          "sections.csv: line 5 length_km: may not be empty."]),
        ({"buses": "bus,lon,lat\nA,389000.5,3945000.0\n"},
         ["buses.csv: line 2 lon = 389000.5: needs degrees from -180 to 180; this looks like metres of a map projection.",
          "buses.csv: line 2 lat = 3945000.0: needs degrees from -90 to 90; this looks like metres"]),
        ({"sections": PLAIN["sections"] + "S1,4,5,1\n"}, ["sections.csv: line 6 section = S1: is already on line 2."]),
        ({"sources": "bus\nA\nA\n"}, ["sources.csv: line 3 bus = A: is already on line 2."]),
        ({"sources": "bus,substation\nA,Hill\nB,Hill\n"}, ["sources.csv: line 3 substation = Hill: is already on line 2."]),
        ({"load_points": PLAIN["load_points"] + "L1,2,4,,\n"}, ["load_points.csv: line 6 load_point = L1: is already on line 2."]),
        ({"ties": "bus_a,bus_b\n2,44\n"}, ["ties.csv: line 2 bus_b = 44: leads nowhere: no section or source has such a bus."]),
        ({"ties": "bus_a,bus_b\n2,2\n"}, ["ties.csv: line 2 bus_b = 2: the tie joins a bus with itself."]),
        ({"load_points": "load_point,bus,customers\nL1,Bus,3\n"},
         ["load_points.csv: line 2 bus = Bus: no section or source has such a bus."]),
        ({"devices": "section,at_bus,kind\nS9,1,fuse\nS1,3,fuse\n"},
         ["devices.csv: line 2 section = S9: there is no such section.",
          "devices.csv: line 3 at_bus = 3: section S1 ends at A and 1."]),
        ({"devices": "section,at_bus,kind\nS1,A,braker\n"},
         [("devices.csv: line 2 kind = braker: needs one of breaker, recloser, fuse, sectionaliser, disconnector. "
          "Did you mean 'breaker'?")]),
        ({"sections": SECTIONS + "S1,A,A,1\n"}, ["sections.csv: line 2 to_bus = A: both ends are the same bus: a loop."]),
        ({"sections": "section,from_bus,to_bus,length_km,fail_per_km_yr\nS1,A,1,1,0.1\nS2,1,2,1,\nS3,2,3,1,\nS4,B,4,1,\n"},
         ["sections.csv: line 2 repair_h: needs hours, because fail_per_km_yr is 0.1."]),
        ({"sections": "section,from_bus,to_bus,length_km,feeder\nS1,A,1,1,F1\nS2,1,2,1,F1\nS3,2,3,1,F2\nS4,B,4,1,F1\n"},
         ["sections.csv: line 4 feeder = F2: hangs below feeder F1.",
          "sections.csv: line 5 feeder = F1: is also the feeder that begins on line 2; a feeder has one head."]),
        ({"buses": "bus,lon,lat\nA,140,35\n1,140,35\n2,140,35\n3,140,35\nB,140,35\n"},
         ["buses.csv: bus 4: has no place here, but sections.csv line 5 names it."]),
        ({"sections": "section,from_bus,to_bus\nS1,A,1\n"}, ["sections.csv: line 1: needs a column 'length_km'; found section"]),
        ({"sources": ""}, ["sources.csv: this file is needed."]),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_file_and_line(tmp_path: Path, tables: dict[str, str], wanted: list[str]) -> None:
    found = problems(tmp_path, **tables)
    assert len(found) == len(wanted), found
    for said, start in zip(found, wanted, strict=True):
        assert said.startswith(start), f"{said!r} does not begin with {start!r}"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a folder with sections.csv"):
        read_grid(tmp_path / "none")
