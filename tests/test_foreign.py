"""Other people's networks: real files from packages, every rule on small ones, and everything wrong by its element."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.grid import DEVICES, check, read_foreign
from sim.grid.foreign import extras
from sim.grid.plant import Grid
from tests.test_cli import drill

DATA = Path(__file__).parent / "data"
IEEE13 = DATA / "ieee13" / "IEEE13Nodeckt.dss"
needs_opendss = pytest.mark.skipif(find_spec("opendssdirect") is None, reason="the extra opendss is not installed")
needs_simbench = pytest.mark.skipif(find_spec("simbench") is None, reason="the extra simbench is not installed")


def packaged(name: str) -> Path:
    """Return a network that comes with pandapower; nothing of pandapower is imported."""
    spec = find_spec("pandapower")
    if spec is None or spec.origin is None:
        pytest.skip("pandapower, whose networks are read, is not installed")
    return Path(spec.origin).parent / "networks" / f"{name}.json"


def rows(file: Path, table: str) -> dict[int, dict[str, Any]]:
    split = json.loads(json.loads(file.read_text())["_object"][table]["_object"])
    return {
        i: dict(zip(split["columns"], row, strict=True)) for i, row in zip(split["index"], split["data"], strict=True)
    }


def notes_of(grid: Grid) -> list[tuple[str, dict[str, str]]]:
    return [(note.key, dict(note.values)) for note in grid.notes]


def problems_of(file: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_foreign(str(file))
    return [str(problem).removeprefix(f"{file}: ") for problem in caught.value.problems]


# ---- pandapower: a real network


def test_a_town_network_of_pandapower_is_read() -> None:
    file = packaged("mv_oberrhein")
    grid = read_foreign(str(file))
    n, loads = grid.network, rows(file, "load").values()
    check(n)
    kw = [load["p_mw"] * load["scaling"] * 1000 for load in loads]
    assert n.n_customers == sum(max(1, round(value)) for value in kw) == 37_116
    assert grid.load_points.load_kw.sum() == pytest.approx(sum(kw))
    assert n.length_km.sum() == pytest.approx(sum(line["length_km"] for line in rows(file, "line").values()))
    open_switches = [row for row in rows(file, "switch").values() if not row["closed"]]
    assert len(n.tie) == len(open_switches) == 6
    assert n.substation_name.tolist() == ["HV/MV Transformer 0", "HV/MV Transformer 1"]
    assert grid.switchgear.substation_capacity_kw.tolist() == [25_000.0, 25_000.0]
    assert grid.is_placed
    km = {kind: sum(r["length_km"] for r in rows(file, "line").values() if r["type"] == kind) for kind in ("ol", "cs")}
    assert n.length_km[n.n_spans > 0].sum() == pytest.approx(km["ol"])
    assert grid.rates.fail_per_yr.sum() == pytest.approx(0.065 * km["ol"] + 0.040 * km["cs"])
    line = n.name.tolist().index("Line 0")
    assert grid.switchgear.capacity_kw[line] == pytest.approx(3**0.5 * 0.362 * 20 * 1000)
    assert notes_of(grid) == [
        ("assumed_device", {"n": "318", "type": "LBS", "device": "disconnector"}),
        ("assumed_device", {"n": "4", "type": "CB", "device": "breaker"}),
        ("unused_rows", {"n": "153", "table": "sgen"}),
        ("unused_above", {"kv": "36", "sources": "2", "buses": "2", "lines": "0", "switches": "0", "loads": "0"}),
        ("assumed_rates", {}),
        ("assumed_customers", {"n": "147", "kw": "1"}),
        ("assumed_poles", {"n": "181"}),
        ("assumed_transformers", {"n": "181"}),
    ]


def test_a_loop_in_a_packaged_network_is_named() -> None:
    (said,) = problems_of(packaged("lv_schutterwald"))
    assert said == (
        "line 8293 'L_AB_ne_524_AB_ne_113' = L_AB_ne_524_AB_ne_113: closes a loop: bus AB_ne_524 already has supply by "
        "section L8820 (line 8820 'L8820'); networks are radial, so give the normally open way as a tie."
    )


def test_metres_in_a_packaged_network_are_told_from_degrees() -> None:
    (said,) = problems_of(packaged("IEEE_European_LV_Off_Peak_1"))
    assert said == (
        "bus 0 'SOURCEBUS' = 390883, 392897: needs degrees of longitude and latitude (907 buses have none); this looks "
        "like metres of a map projection."
    )


def test_a_transmission_network_has_no_feeders() -> None:
    assert problems_of(packaged("power_system_test_case_jsons/case118")) == [
        "needs a network of feeders: nothing is below 36 kV."
    ]


# ---- pandapower: every rule

Table = list[dict[str, Any]]
#  ext -- 0 (110 kV) == trafo == 1 -- line A -- 2 -- line B -- 3;  2 -- line C -- 4
NET: dict[str, Table] = {
    "bus": [{"name": f"b{i}", "vn_kv": 110.0 if i == 0 else 20.0, "geo": f'{{"coordinates": [{8 + i / 10}, 48]}}'}
            for i in range(5)],
    "ext_grid": [{"name": "grid", "bus": 0}],
    "trafo": [{"name": "T", "hv_bus": 0, "lv_bus": 1, "sn_mva": 25.0}],
    "line": [
        {"name": "A", "from_bus": 1, "to_bus": 2, "length_km": 2.0, "type": "ol", "max_i_ka": 0.1},
        {"name": "B", "from_bus": 2, "to_bus": 3, "length_km": 3.0, "type": "cs"},
        {"name": "C", "from_bus": 4, "to_bus": 2, "length_km": 4.0},
    ],
    "load": [{"name": "L", "bus": 3, "p_mw": 0.5, "scaling": 0.6}, {"name": "M", "bus": 4, "p_mw": 0.0002}],
    "switch": [{"bus": 1, "element": 0, "et": "l", "type": "CB", "closed": True}],
}  # fmt: skip


def written(folder: Path, changed: Mapping[str, Table] | None = None) -> Path:
    """Write NET with some tables changed as pandapower writes it."""
    net: dict[str, Any] = {"version": "3.0.0"}
    for name, table in (NET | dict(changed or {})).items():
        columns = list(dict.fromkeys(key for row in table for key in row))
        body = {
            "columns": columns,
            "index": list(range(len(table))),
            "data": [[row.get(c) for c in columns] for row in table],
        }
        net[name] = {
            "_module": "pandas.core.frame",
            "_class": "DataFrame",
            "_object": json.dumps(body),
            "orient": "split",
        }
    file = folder / "net.json"
    file.write_text(json.dumps({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": net}))
    return file


def read(folder: Path, **changed: Table) -> Grid:
    return read_foreign(str(written(folder, changed)))


def with_rows(table: str, *more: dict[str, Any]) -> Table:
    return [*NET[table], *more]


def changed_row(table: str, index: int, **cells: Any) -> Table:
    return [row | cells if i == index else row for i, row in enumerate(NET[table])]


def test_a_small_network_comes_out_whole(tmp_path: Path) -> None:
    grid = read(tmp_path)
    n = grid.network
    assert n.name.tolist() == ["A", "B", "C"]
    assert n.parent.tolist() == [-1, 0, 0]
    assert n.customers.tolist() == [0, 300, 1], "0.5 MW at 0.6 are 300 customers; 0.2 kW are one"
    assert n.length_km.tolist() == [2.0, 3.0, 4.0]
    assert [DEVICES[d] for d in n.device] == ["breaker", "none", "none"]
    assert n.n_spans.tolist() == [50, 0, 100], "B is a cable"
    assert grid.switchgear.substation_capacity_kw.tolist() == [25_000.0]
    assert grid.switchgear.capacity_kw.tolist() == pytest.approx([3**0.5 * 0.1 * 20_000, np.inf, np.inf])
    assert grid.rates.fail_per_yr.tolist() == pytest.approx([0.13, 0.12, 0.26])
    assert ("assumed_overhead", {"n": "1"}) in notes_of(grid)


def test_a_line_that_is_open_at_one_end_hangs_on_the_other(tmp_path: Path) -> None:
    lines = with_rows("line", {"name": "D", "from_bus": 3, "to_bus": 4, "length_km": 1.0, "type": "ol"})
    switches = with_rows("switch", {"bus": 4, "element": 3, "et": "l", "type": "LBS", "closed": False})
    n = read(tmp_path, line=lines, switch=switches).network
    assert n.name.tolist() == ["A", "B", "D", "C"]
    assert n.parent.tolist() == [-1, 0, 1, 0]
    assert n.tie.tolist() == [[2, 3]], "and a tie joins its open end with the bus there"


def test_a_line_that_is_open_at_both_ends_is_listed(tmp_path: Path) -> None:
    lines = with_rows("line", {"name": "D", "from_bus": 3, "to_bus": 4, "length_km": 1.0, "type": "ol"})
    opens = [{"bus": bus, "element": 3, "et": "l", "type": "LBS", "closed": False} for bus in (3, 4)]
    grid = read(tmp_path, line=lines, switch=with_rows("switch", *opens))
    assert len(grid.network.tie) == 0
    assert ("unused_open_lines", {"n": "1", "first": "D"}) in notes_of(grid)


def test_couplers_are_sections_when_closed_and_ties_when_open(tmp_path: Path) -> None:
    switches = with_rows("switch", {"bus": 2, "element": 4, "et": "b", "type": "DS", "closed": True, "name": "S"},
                         {"bus": 3, "element": 4, "et": "b", "type": "CB", "closed": False, "name": "O"})  # fmt: skip
    grid = read(tmp_path, line=NET["line"][:2], switch=switches)
    n = grid.network
    assert n.name.tolist() == ["A", "B", "S"]
    assert (DEVICES[n.device[2]], n.length_km[2]) == ("disconnector", 0.0)
    assert (grid.switchgear.tie_name.tolist(), n.tie.tolist()) == (["O"], [[1, 2]])


def test_transformers_at_one_busbar_feed_as_one(tmp_path: Path) -> None:
    trafos = with_rows("trafo", {"name": "T2", "hv_bus": 0, "lv_bus": 1, "sn_mva": 40.0})
    grid = read(tmp_path, trafo=trafos)
    assert grid.switchgear.substation_capacity_kw.tolist() == [65_000.0]
    assert ("assumed_busbars", {"n": "2", "sources": "1"}) in notes_of(grid)


def test_coordinates_that_cannot_be_those_of_the_lines_are_told_of(tmp_path: Path) -> None:
    # b1 to b4 stand 7.5 km apart along a parallel: A, B and C are 7.5, 7.5 and 14.9 km between their ends
    for km, told in ((3.0, False), (40.0, True)):
        lines = [row | {"length_km": km} for row in NET["line"]]
        said = [key for key, _ in notes_of(read(tmp_path, line=lines))]
        assert ("assumed_coordinates" in said) is told


def test_busbars_that_a_coupler_joins_are_one(tmp_path: Path) -> None:
    buses = [*changed_row("bus", 1, type="b"), {"name": "second", "vn_kv": 20.0, "type": "b"}]
    lines = with_rows("line", {"name": "D", "from_bus": 5, "to_bus": 6, "length_km": 1.0, "type": "cs"})
    buses.append({"name": "village", "vn_kv": 20.0})
    couplers = with_rows("switch", {"bus": 1, "element": 5, "et": "b", "type": "CB", "closed": True},
                         {"bus": 5, "element": 1, "et": "b", "type": "CB", "closed": False})  # fmt: skip
    grid = read(tmp_path, bus=buses, line=lines, switch=couplers, load=with_rows("load", {"bus": 6, "p_mw": 0.01}))
    assert grid.network.feeder_name.tolist() == ["T-F01", "T-F02"], "each bay is the head of a feeder"
    assert grid.network.name.tolist() == ["A", "B", "C", "D"]
    assert len(grid.network.tie) == 0
    assert ("assumed_one_busbar", {"n": "2", "bars": "1", "couplers": "2"}) in notes_of(grid)


def test_a_transformer_inside_a_feeder_is_a_section(tmp_path: Path) -> None:
    buses = with_rows("bus", {"name": "lv", "vn_kv": 0.4})
    trafos = with_rows("trafo", {"name": "T2", "hv_bus": 3, "lv_bus": 5, "sn_mva": 0.4})
    grid = read(tmp_path, bus=buses, trafo=trafos, load=[{"name": "L", "bus": 5, "p_mw": 0.1}])
    n = grid.network
    assert n.name.tolist() == ["A", "B", "T2", "C"]
    assert n.n_transformers.tolist()[2] == 1
    assert grid.switchgear.capacity_kw[2] == 400.0
    assert ("assumed_places", {"n": "1"}) in notes_of(grid), "lv stands where b3 does"


def test_what_is_out_of_service_idle_or_unknown_is_listed(tmp_path: Path) -> None:
    buses = with_rows("bus", {"name": "spare", "vn_kv": 20.0}, {"name": "off", "vn_kv": 20.0, "in_service": False})
    lines = with_rows("line", {"name": "X", "from_bus": 3, "to_bus": 1, "length_km": 1.0, "in_service": False},
                      {"name": "Y", "from_bus": 3, "to_bus": 6, "length_km": 1.0, "type": "ol"})  # fmt: skip
    loads = with_rows("load", {"name": "N", "bus": 2, "p_mw": 0.0})
    grid = read(tmp_path, bus=buses, line=lines, load=loads, storage=[{"bus": 1}], res_bus=[{"vm_pu": 1.0}])
    told = notes_of(grid)
    for note in (
        ("unused_out_of_service", {"n": "1", "table": "line", "first": "X"}),
        ("unused_out_of_service", {"n": "1", "table": "bus", "first": "off"}),
        ("unused_on_dead_buses", {"n": "1", "first": "Y"}),
        ("unused_loads", {"n": "1", "first": "N"}),
        ("unused_rows", {"n": "1", "table": "storage"}),
        ("unused_dead", {"n": "1", "first": "spare", "branches": "0"}),
    ):
        assert note in told
    assert not [note for note in told if note[1].get("table") == "res_bus"]


def test_names_that_come_twice_are_told_apart(tmp_path: Path) -> None:
    grid = read(tmp_path, line=changed_row("line", 1, name="A"), load=changed_row("load", 1, name=None))
    assert grid.network.name.tolist() == ["A", "line 1", "C"]
    assert grid.load_points.name.tolist() == ["L", "load 1"]
    assert ("assumed_names", {"n": "2"}) in notes_of(grid)


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ({"line": with_rows("line", {"name": "D", "from_bus": 3, "to_bus": 4, "length_km": 1.0})},
         ["line 3 'D' = D: closes a loop: bus b4 already has supply by section C (line 2 'C'); networks are radial"]),
        ({"line": with_rows("line", {"name": "D", "from_bus": 2, "to_bus": 3, "length_km": 1.0})},
         ["line 3 'D' = D: is a second parent of bus b3, which section B (line 1 'B') feeds: a loop"]),
        ({"line": NET["line"][:2]}, ["load 1 'M' bus = b4: no section or source has such a bus."]),
        ({"line": [NET["line"][0], NET["line"][2], {"name": "E", "from_bus": 3, "to_bus": 5, "length_km": 1.0}],
          "bus": with_rows("bus", {"name": "b5", "vn_kv": 20.0})},
         ["line 2 'E' = E: no source feeds this section (1 in this island)."]),
        ({"line": changed_row("line", 1, length_km=-3.0)}, ["line 1 'B' length_km = -3.0: needs a number from 0 to 2000 km."]),
        ({"line": changed_row("line", 1, length_km=None)}, ["line 1 'B' length_km: may not be empty."]),
        ({"line": changed_row("line", 1, to_bus=77)}, ["line 1 'B' bus = 77: there is no such bus."]),
        ({"switch": with_rows("switch", {"bus": 3, "element": 88, "et": "b", "closed": False})},
         ["switch 1 bus = 88: leads nowhere: there is no such bus."]),
        ({"bus": changed_row("bus", 3, geo='{"coordinates": [3400000.0, 5300000.0]}')},
         ["bus 3 'b3' = 3400000, 5300000: needs degrees of longitude and latitude (1 buses have none); this looks like"]),
        ({"bus": changed_row("bus", 3, geo="here")}, ["bus 3 'b3' geo = here: needs a GeoJSON point."]),
        ({"load": changed_row("load", 0, p_mw="much")[:1]}, ["load_points: needs at least one row."]),
        ({"ext_grid": [], "trafo": []}, ["sources: needs at least one row."]),
        ({"bus": []}, ["bus: needs at least one row."]),
        ({"ext_grid": with_rows("ext_grid", {"name": "second", "bus": 3})},
         ["line 0 'A' = A: joins source b3 with source b1; networks are radial"]),
    ],
)  # fmt: skip
def test_everything_wrong_is_named_by_its_element(tmp_path: Path, table: dict[str, Table], wanted: list[str]) -> None:
    said = problems_of(written(tmp_path, table))
    assert len(said) == len(wanted)
    for text, start in zip(said, wanted, strict=True):
        assert text.startswith(start), text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "is empty; needs a network as JSON."),
        ("{\n  nonsense", "line 2: is not JSON: Expecting property name enclosed in double quotes."),
        ("[1, 2]", "needs a pandapower network or a GeoJSON FeatureCollection."),
        ('{"a": 1}', "needs a network that pandapower 2 or 3 has written (to_json)."),
        ('{"_class": "pandapowerNet", "_object": {"bus": {"_class": "DataFrame", "_object": "{}"}}}',
         "bus: is not a table in split orientation ('columns')."),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused(tmp_path: Path, text: str, wanted: str) -> None:
    file = tmp_path / "net.json"
    file.write_text(text)
    assert problems_of(file) == [wanted]


# ---- GeoJSON

Feature = dict[str, Any]


def line(name: str, *spots: tuple[float, float], **given: Any) -> Feature:
    geometry = {"type": "LineString", "coordinates": [list(spot) for spot in spots]}
    return {"type": "Feature", "geometry": geometry, "properties": {"name": name, **given}}


def point(role: str, lon: float, lat: float, **given: Any) -> Feature:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"role": role, **given},
    }


MAP = [
    line("A", (140.0, 35.0), (140.01, 35.0), device="breaker"),
    line("B", (140.01, 35.000005), (140.01, 35.01), kind="cable", length_km=1.5),
    line("T", (140.01, 35.01), (140.0, 35.0), normally_open="last"),
    point("source", 140.0, 35.0, name="North", capacity_kw=5000),
    point("load_point", 140.01, 35.01, name="village", customers=12, load_kw=30, colour="red"),
    point("critical", 140.0101, 35.0, name="clinic", backup_h=8),
]


def drawn(folder: Path, features: list[Feature], **more: Any) -> Path:
    file = folder / "map.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}))
    return file


def test_lines_and_points_are_read(tmp_path: Path) -> None:
    area = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": []}, "properties": {}}
    grid = read_foreign(str(drawn(tmp_path, [*MAP, area])))
    n = grid.network
    assert n.name.tolist() == ["node 1 busbar", "A", "B", "T"]
    assert n.parent.tolist() == [-1, -1, 1, 2]
    assert n.length_km.tolist() == pytest.approx([0.0, 0.911, 1.5, 1.437], abs=2e-3)
    assert n.customers.tolist() == [0, 0, 12, 0]
    assert n.tie.tolist() == [[3, 0]]
    assert (n.critical_name.tolist(), n.critical_section.tolist()) == (["clinic"], [1])
    assert n.critical_backup_min.tolist() == [480.0]
    assert n.substation_name.tolist() == ["North"]
    told = notes_of(grid)
    assert ("unused_features", {"n": "1", "what": "Polygon"}) in told
    assert ("unused_property", {"property": "colour", "n": "1"}) in told


def test_the_lines_of_a_packaged_network_meet_where_they_should(tmp_path: Path) -> None:
    """The geometries are the GeoJSON texts of the package's file; what hangs where is left to the reader."""
    file = packaged("mv_oberrhein")
    buses, lines = rows(file, "bus"), rows(file, "line")
    open_at = {row["element"]: row["bus"] for row in rows(file, "switch").values() if not row["closed"]}
    features = []
    for index, row in lines.items():
        geometry, opens = json.loads(row["geo"]), None
        if index in open_at:
            spot = np.array(json.loads(buses[open_at[index]]["geo"])["coordinates"])
            first, last = (np.hypot(*(np.array(geometry["coordinates"][end]) - spot)) for end in (0, -1))
            opens = "first" if first < last else "last"
        properties = {"name": row["name"], "kind": "cable", "normally_open": opens}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    for load in rows(file, "load").values():
        where = json.loads(buses[load["bus"]]["geo"])
        properties = {"role": "load_point", "name": load["name"], "load_kw": load["p_mw"] * load["scaling"] * 1000}
        features.append({"type": "Feature", "geometry": where, "properties": properties})
    for transformer in rows(file, "trafo").values():
        where = json.loads(buses[transformer["lv_bus"]]["geo"])
        features.append(
            {"type": "Feature", "geometry": where, "properties": {"role": "source", "name": transformer["name"]}}
        )
    (said,) = problems_of(drawn(tmp_path, features))
    assert said.endswith("no source feeds this section (33 in this island).")
    short = next(feature for feature in features if feature["properties"]["name"] == "Line 165")
    ends = [json.loads(buses[bus]["geo"])["coordinates"] for bus in (39, 86)]
    short["geometry"] = {"type": "LineString", "coordinates": ends}  # it is drawn to 91 m short of its bus
    ours, theirs = (read_foreign(str(f)).network for f in (drawn(tmp_path, features), file))
    assert ours.n_customers == theirs.n_customers == 37_116
    assert len(ours.tie) == len(theirs.tie) == 6
    fed = [
        {
            n.name[i]: n.substation_name[n.feeder_substation[n.feeder[i]]]
            for i in range(n.n_sections)
            if n.length_km[i] > 0
        }
        for n in (ours, theirs)
    ]
    assert fed[0] == fed[1], "each line is fed by the same transformer"
    assert ours.length_km.sum() == pytest.approx(theirs.length_km.sum(), rel=0.06), (
        "the file's lengths are longer than its map"
    )


@pytest.mark.parametrize(
    ("features", "wanted"),
    [
        ([line("A", (390883.0, 3929000.0), (390884.0, 3929001.0))],
         ["feature 1 'A' lon = 390883.0: needs degrees from -180 to 180; this looks like metres of a map projection.",
          "feature 1 'A' lat = 3929000.0: needs degrees from -90 to 90; this looks like metres of a map projection."]),
        ([line("A", (140.0, 35.0))], ["feature 1 'A' coordinates: needs 2 points or more."]),
        ([MAP[3]], ["features: needs at least one LineString."]),
        ([*MAP[:2], MAP[3], point("pole", 140.0, 35.0)], ["feature 4 role = pole: needs one of source, load_point"]),
        ([*MAP, line("A", (140.01, 35.01), (140.02, 35.01))], ["feature 7 'A' section = A: is already on feature 1 'A'."]),
        ([*MAP, line("C", (140.01, 35.01), (140.0, 35.0))],
         ["feature 2 'B' = B: closes a loop: bus node 3 already has supply by section C (feature 7 'C'); networks are radial"]),
        ([*MAP, line("C", (140.02, 35.01), (140.03, 35.0))],
         ["feature 7 'C' = C: no source feeds this section (1 in this island)."]),
        ([*MAP[:4], point("load_point", 140.01, 35.01, name="v", customers=0)],
         ["feature 5 'v' customers = 0: needs a whole number from 1."]),
        ([*MAP[:4], point("load_point", 140.01, 35.01, name="v")], ["feature 5 'v': needs customers or load_kw."]),
        ([*MAP[:4], point("load_point", 140.5, 35.01, name="v", customers=1)],
         ["feature 5 'v' = load_point: needs a line that ends within 100 m; the nearest is 44,6"]),
        ([*MAP, line("C", (140.01, 35.01), (140.02, 35.01), length_km=-1)],
         ["feature 7 'C' length_km = -1: needs a number from 0 to 2000 km."]),
        ([*MAP, point("device", 140.01, 35.0, kind="fuse")],
         ["feature 7 section: needs the section at whose end it stands (A, B)."]),
        ([*MAP, point("device", 140.01, 35.0, kind="magic", section="B")], ["feature 7 kind = magic: needs one of breaker"]),
        ([*MAP[:2], line("T", (140.01, 35.01), (140.0, 35.0), normally_open="both"), *MAP[3:]],
         ["feature 3 'T' normally_open = both: needs first, last (the end that is open), true or false."]),
    ],
)  # fmt: skip
def test_everything_wrong_on_a_map_is_named_by_its_feature(
    tmp_path: Path, features: list[Feature], wanted: list[str]
) -> None:
    said = problems_of(drawn(tmp_path, features))
    assert len(said) == len(wanted), said
    for text, start in zip(said, wanted, strict=True):
        assert text.startswith(start), text


def test_another_projection_is_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    assert "crs = {'name': 'urn:ogc:def:crs:EPSG::3857'}: needs WGS 84 degrees (RFC 7946)." in problems_of(
        drawn(tmp_path, MAP, crs=crs)
    )


# ---- OpenDSS

CIRCUIT = """Clear
New Circuit.small basekv=12.47 bus1=head
New Line.a bus1=head bus2=m length=2 units=mi faultrate=0.2 pctperm=50 repair=4
New Line.b bus1=m bus2=end length=1000 units=ft linetype=ug_ts
New Line.c bus1=m.1 bus2=side.1 phases=1 length=3
New Line.c2 bus1=m.2 bus2=side.2 phases=1 length=3
New Line.s bus1=m bus2=far switch=y
New Line.t bus1=far bus2=end length=1 units=km
New Fuse.f monitoredobj=Line.c
New Recloser.r monitoredobj=Line.b
New Load.one bus1=end kw=20 numcust=7
New Load.two bus1=side.1 kw=30 kv=7.2 phases=1
New Generator.g bus1=end kw=5
{}
"""


def script(folder: Path, more: str = "Open Line.t 2") -> Path:
    file = folder / "small.dss"
    file.write_text(CIRCUIT.format(more))
    return file


@needs_opendss
def test_the_ieee_13_node_feeder_is_read() -> None:
    grid = read_foreign(str(IEEE13))
    n = grid.network
    check(n)
    assert n.n_customers == 3466, "the published load is 3,466 kW"
    assert n.substation_name.tolist() == ["Transformer.sub"]
    assert grid.switchgear.substation_capacity_kw.tolist() == [5000.0]
    feet = [2000, 667, 1333, 1000, 500, 500, 300, 500, 300, 300, 800]
    assert n.length_km.sum() == pytest.approx(sum(feet) * 0.0003048)
    at = {name: i for i, name in enumerate(n.name.tolist())}
    assert DEVICES[n.device[at["Line.671692"]]] == "disconnector"
    assert n.parent[at["Line.692675"]] == at["Line.671692"]
    assert n.n_transformers[at["Transformer.xfm1"]] == 1
    assert not grid.is_placed
    told = notes_of(grid)
    assert ("assumed_one_branch", {"n": "2", "first": "Transformer.reg2"}) in told
    assert ("unused_coordinates", {"n": "16"}) in told
    assert ("unused_rows", {"n": "2", "table": "Capacitor"}) in told


@needs_opendss
def test_a_small_feeder_comes_out_whole(tmp_path: Path) -> None:
    grid = read_foreign(str(script(tmp_path)))
    n = grid.network
    at = {name: i for i, name in enumerate(n.name.tolist())}
    assert set(at) == {"Line.a", "Line.b", "Line.c", "Line.s", "Line.t"}
    assert {name: DEVICES[n.device[i]] for name, i in at.items()} == {
        "Line.a": "breaker", "Line.b": "recloser", "Line.c": "fuse", "Line.s": "disconnector", "Line.t": "none",
    }  # fmt: skip
    assert n.length_km[[at["Line.a"], at["Line.b"]]].tolist() == pytest.approx([3.218688, 0.3048])
    assert (n.n_poles[at["Line.b"]], n.customers[at["Line.b"]], n.customers[at["Line.c"]]) == (0, 7, 30)
    assert n.tie.tolist() == [[at["Line.t"], at["Line.b"]]]
    assert grid.rates.fail_per_yr[at["Line.a"]] == pytest.approx(0.2 * 0.5 * 2)
    assert grid.rates.repair_min[at["Line.a"]] == 240.0
    told = notes_of(grid)
    assert ("unused_rows", {"n": "1", "table": "Generator"}) in told
    assert ("assumed_km", {"n": "2"}) in told
    assert ("assumed_one_branch", {"n": "1", "first": "Line.c2"}) in told


@needs_opendss
@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", "Line.t = Line.t: closes a loop: bus "),
        ("Open Line.t 2\nNew Line.a bus1=m bus2=x", 'OpenDSS says: (#266) Warning: Duplicate new element definition: "Line.a".'),
        ("Open Line.t 2\nNew Lin.z bus1=m bus2=x", 'OpenDSS says: (#263) New Command: Object Type "Lin" not found.'),
        ("Open Line.t 2\nNew Line.i bus1=x bus2=y\nNew Load.l bus1=y kw=3",
         "Line.i = Line.i: no source feeds this section (1 in this island)."),
        ("Open Line.t 2\nNew Line.n bus1=m bus2=y length=-1", "Line.n length_km = -1.0: needs a number from 0 to 2000 km."),
    ],
)  # fmt: skip
def test_everything_wrong_in_a_script_is_named(tmp_path: Path, more: str, wanted: str) -> None:
    said = problems_of(script(tmp_path, more))
    assert said[0].startswith(wanted), said


@needs_opendss
def test_a_script_without_a_circuit_or_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.dss"
    assert problems_of(file) == ["cannot be read: no such file."]
    file.write_text("Clear\n")
    assert problems_of(file) == ["needs a circuit (New Circuit...)."]


# ---- SimBench, and what is not installed


@needs_simbench
def test_a_simbench_network_is_read_by_its_code() -> None:
    grid = read_foreign("1-MV-rural--0-sw")
    n = grid.network
    check(n)
    assert (n.n_customers, len(n.substation_name), len(n.tie), len(n.feeder_name)) == (17_256, 1, 6, 9)
    assert n.length_km.sum() == pytest.approx(116.0, abs=0.05)
    assert grid.is_placed
    with pytest.raises(
        InputError, match=r"1-MV-rurl--0-sw: SimBench has no such network\. Did you mean '1-MV-rural--0-sw'\?"
    ):
        read_foreign("1-MV-rurl--0-sw")


@pytest.mark.parametrize(("source", "extra"), [("feeder.dss", "opendss"), ("1-MV-rural--0-sw", "simbench")])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, source: str, extra: str) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", absent)
    with pytest.raises(InputError) as caught:
        read_foreign(source)
    assert str(caught.value) == f"{source}: needs the extra '{extra}': pip install 'drill[{extra}]'."


# ---- as a user meets them


def moved(folder: Path) -> Path:
    """Return the packaged town network moved to where the example storm passes."""
    net = json.loads(packaged("mv_oberrhein").read_text())
    table = net["_object"]["bus"]
    split = json.loads(table["_object"])
    at = split["columns"].index("geo")
    for row in split["data"]:
        lon, lat = json.loads(row[at])["coordinates"]
        row[at] = json.dumps({"coordinates": [lon - 7.85 + 140.1, lat - 48.4 + 35.5]})
    table["_object"] = json.dumps(split)
    file = folder / "town.json"
    file.write_text(json.dumps(net))
    return file


def test_an_imported_network_is_drawn_played_and_judged(tmp_path: Path) -> None:
    moved(tmp_path)
    done = drill("grid", "import", "town.json", "town.zip", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "37,116 customers, 340 line sections (108.7 km), 4 feeders, 2 substations, 6 ties.",
        "Assumed: customers at 147 loads, one to 1 kW, one at least.",
        "Assumed: 318 switches of type LBS are disconnectors.",
        "Not used: 153 elements of sgen.",
    ):
        assert said in done.stdout
    shown = drill("grid", "show", "town.json", "--lang", "zh", folder=tmp_path)
    assert "假设：318 个 LBS 型开关为隔离开关。" in shown.stdout
    assert (tmp_path / "results" / "grid" / "town" / "grid.png").stat().st_size > 10_000
    judged = json.loads(drill("reliability", "town.zip", "--json", folder=tmp_path).stdout)
    assert judged["system"]["saifi"] > 0
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    own = (
        "--set",
        "network.settlements=town.zip",
        "--set",
        "network.customers=37116",
        "--set",
        "switching.enabled=true",
    )
    played = drill("run", "mine.toml", "-n", "1", "--quiet", "--out", "run", *own, folder=tmp_path)
    assert (played.returncode, played.stdout) == (0, ""), played.stderr
    assert (tmp_path / "run" / "COMPLETE").is_file()


def test_a_wrong_network_ends_with_two_and_writes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, {"line": changed_row("line", 1, length_km=-3.0)})
    done = drill("grid", "import", str(file), "mine", folder=tmp_path)
    assert done.returncode == 2
    assert "net.json: line 1 'B' length_km = -3.0: needs a number from 0 to 2000 km." in done.stderr
    assert not (tmp_path / "mine").exists()
