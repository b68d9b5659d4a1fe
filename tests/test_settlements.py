"""Reading settlements and coasts: what is accepted, and how every fault in a file is named."""

import json
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.grid import read_coast, read_settlements

FAXAI = Path(__file__).parents[1] / "scenarios" / "faxai"
HEADER = "name,lat,lon,population\n"


def written(folder, content):
    path = folder / "places.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems(folder, content):
    with pytest.raises(InputError) as caught:
        read_settlements(written(folder, content))
    return [(p.where, str(p).split(": ", 1)[1]) for p in caught.value.problems]


def test_reads_settlements_with_optional_area_and_extra_columns(tmp_path):
    text = "lon,lat,population,name,area,note\n139.9,35.0,500,Wada,Minamibōsō,old town\n\n140.1,35.1,,Far,,\n"
    got = read_settlements(written(tmp_path, text))
    assert got.name.tolist() == ["Wada", "Far"]
    assert got.area.tolist() == ["Minamibōsō", "Far"]
    assert got.population.tolist() == [500, 0]
    assert got.lon.tolist() == [139.9, 140.1]
    assert got.lat.tolist() == [35.0, 35.1]
    assert len(got) == 2


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    got = read_settlements(written(tmp_path, b"\xef\xbb\xbfname,lat,lon,population\r\nA,35,140,9\r\n"))
    assert got.name.tolist() == ["A"]


def test_all_problems_are_reported_together_with_their_lines(tmp_path):
    rows = "A,35,140,10\nB,abc,140,10\nC,35.1,140,-4\nA,35.2,140,1\nD,35,140,5\n,35.3,140,inf\n"
    got = problems(tmp_path, HEADER + rows)
    wheres = [where for where, _ in got]
    assert wheres == [
        "line 3 lat",
        "line 4 population",
        "line 5 name",
        "line 6",
        "line 7 name",
        "line 7 population",
    ]
    assert "abc" in got[0][1]
    assert "is already on line 2" in got[2][1]
    assert "same place as line 2" in got[3][1]


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (b"", "", "is empty"),
        (b"  \n ", "", "is empty"),
        (b",,,\n,,,\n", "line 1", "is blank; needs the columns name, lat"),
        (HEADER, "", "at least one settlement"),
        (HEADER + "A,35,140,0\nB,36,140,\n", "population", "with people"),
        ("name,lat,lng,population\nA,35,140,1\n", "line 1", "'lon'"),
        ("name;lat;lon;population\nA;35;140;1\n", "line 1", "parted by commas, not by semicolons"),
        ("name,lat,lat,lon,population\nA,35,35,140,1\n", "line 1", "stands twice"),
        (HEADER + "A,35,140,1,2\n", "line 2", "5 values but the header 4"),
        (HEADER + "A,3875000,140,1\n", "line 2 lat", "metres"),
        (HEADER + "A,140,35,1\n", "line 2 lat", "swapped"),
        (HEADER + "A,35,540,1\n", "line 2 lon", "-180 to 180"),
        (HEADER + "A,nan,140,1\n", "line 2 lat", "needs degrees"),
        (HEADER + "A,,140,1\n", "line 2 lat", "needs degrees"),
        (HEADER + 'A,35,140,"12,345"\n', "line 2 population", "without separators"),
        (HEADER + "A,35,140,2.5\n", "line 2 population", "whole number"),
        (HEADER + 'A,35,140,"1\n', "line 2", "is not CSV"),
        (HEADER + "A,35,140,1\0\n", "line 2", "NUL"),
        (HEADER + "A\x1b[31m,35,140,1\n", "line 2 name", "control character"),
        (HEADER + f"{'A' * 201},35,140,1\n", "line 2 name", "at most 200 characters"),
        ('name\tlat\tlon\tpopulation\n"A" b\t35\t140\t1\n', "line 1", "not by tabs"),
        ((HEADER + "千葉,35,140,1\n").encode("cp932"), "line 2", "byte 0x90"),
        ((HEADER + "A,35,140,1\n").encode("utf-16"), "line 1", "UTF-16"),
    ],
)
def test_each_fault_is_named(tmp_path, content, where, said):
    got = problems(tmp_path, content)
    assert got[0][0] == where
    assert said in got[0][1]


def test_a_foreign_encoding_is_guessed_and_the_remedy_said(tmp_path):
    ((_, text),) = problems(tmp_path, (HEADER + "A,35,140,1\n銚子,35.7,140.8,9\n").encode("cp932"))
    assert "line 3" in text
    assert "cp932" in text
    assert "save the file as UTF-8" in text


def test_a_misspelt_column_is_matched_to_the_nearest(tmp_path):
    with pytest.raises(InputError) as caught:
        read_settlements(written(tmp_path, "name,lat,lon,popluation\nA,35,140,1\n"))
    assert caught.value.problems[0].value == "popluation"
    assert caught.value.problems[0].nearest == "population"


@pytest.mark.parametrize("read", [read_settlements, read_coast])
def test_missing_file_and_folder_are_input_errors(tmp_path, read):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read(path)


def square(*values):
    west, south, east, north = values
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def coast_of(folder, data):
    path = folder / "land.geojson"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


@pytest.mark.parametrize("form", ["geometry", "feature", "collection", "multi"])
def test_reads_every_form_of_land(tmp_path, form):
    polygon = {"type": "Polygon", "coordinates": [square(139, 35, 141, 36), square(139.5, 35.4, 139.6, 35.5)]}
    data = {
        "geometry": polygon,
        "feature": {"type": "Feature", "geometry": polygon, "properties": {}},
        "collection": {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": polygon}]},
        "multi": {"type": "MultiPolygon", "coordinates": [polygon["coordinates"]]},
    }[form]
    coast = read_coast(coast_of(tmp_path, data))
    assert coast.inside([140, 139.55, 138], [35.5, 35.45, 35.5]).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "needs a GeoJSON object"),
        ({"type": "Point", "coordinates": [1, 2]}, "Polygon or MultiPolygon"),
        ({"type": "FeatureCollection"}, "needs a list of features"),
        ({"type": "FeatureCollection", "features": []}, "at least one Polygon"),
        ({"type": "Polygon", "coordinates": 3}, "needs a list of rings"),
        ({"type": "Polygon", "coordinates": [square(139, 35, 141, 36)[:4]]}, "must be closed"),
        ({"type": "Polygon", "coordinates": [square(139, 35, 141, 36)[:3]]}, "at least four positions"),
        ({"type": "Polygon", "coordinates": [[[1], [2], [3], [1]]]}, "[longitude, latitude]"),
        ({"type": "Polygon", "coordinates": [[["a", 2], [2, 2], [3, 2], ["a", 2]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [square(0, 3.8e6, 5e5, 3.9e6)]}, "metres"),
        ({"type": "Polygon", "coordinates": [square(139, 35, 200, 36)]}, "needs degrees"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 2], [3, 2], [NaN, 1]]]}', "finite"),
        ({"type": "Polygon", "coordinates": [square(139, 35, 141, 36)], "bbox": [1, 2]}, "four numbers"),
        ({"type": "Polygon", "coordinates": [square(139, 35, 141, 36)], "bbox": [141, 35, 139, 36]}, "west below east"),
        ('{"type": "Polygon", "coordinates": [], "bbox": [NaN, 1, 2, 3]}', "four numbers"),
        ('{"type": "Polygon", "coordinates": [[[' + "9" * 5000 + ", 1]]]}", "none of degrees"),
    ],
)
def test_each_fault_of_a_coast_is_named(tmp_path, data, said):
    with pytest.raises(InputError) as caught:
        read_coast(coast_of(tmp_path, data))
    assert said in str(caught.value)


def test_two_bad_rings_are_both_reported(tmp_path):
    bad = square(139, 35, 141, 36)[:4]
    data = {"type": "MultiPolygon", "coordinates": [[bad], [square(1, 1, 2, 2)], [bad]]}
    with pytest.raises(InputError) as caught:
        read_coast(coast_of(tmp_path, data))
    assert [p.where for p in caught.value.problems] == ["polygon 1 ring 1", "polygon 3 ring 1"]


def test_the_shipped_settlements_are_chiba_counted_once():
    got = read_settlements(FAXAI / "settlements.csv")
    served = got.population > 0
    assert len(set(got.area[served].tolist())) == 54  # the prefecture's municipalities
    assert 6_200_000 < got.population.sum() < 6_450_000  # 6.28 million in October 2019
    katori = got.population[got.area == "Katori"]
    assert katori.sum() == 74_469  # Sawara and Omigawa are parts of it and not added to it
    assert len(katori) == 3


def test_the_shipped_coast_knows_tokyo_bay():
    coast = read_coast(FAXAI / "coast.geojson")
    lon, lat = [140.12, 139.85, 140.8, 139.87], [35.60, 35.50, 35.2, 34.99]  # Chiba, bay, ocean, Tateyama
    assert coast.inside(lon, lat).tolist() == [True, False, False, True]
    assert coast.crosses(139.93, 35.38, 139.75, 35.62)
    assert not coast.crosses(140.12, 35.60, 140.30, 35.43)
    assert coast.distance_km(140.2, 35.3) == pytest.approx(18.0, abs=3.0)
    # the polygons end at the frame, which is no coast
    assert coast.distance_km(138.5, 36.5) > 50
