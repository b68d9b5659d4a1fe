"""The track reader: what it accepts, what it converts, and one clear problem for every kind of bad file."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError, Problem
from sim.storm import Track, read_track
from sim.storm.profile import pressure_of_wind, wind_of_pressure

FAXAI = Path(__file__).parent.parent / "scenarios" / "faxai" / "track.csv"
HEADER = "SID,SEASON,NAME,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES"
GOOD = [
    "A,2020,ALPHA,2020-08-01 00:00:00,20.0,140.0,60,970",
    "A,2020,ALPHA,2020-08-01 06:00:00,21.0,140.5,70,960",
    "A,2020,ALPHA,2020-08-01 12:00:00,22.0,141.0,65,965",
]


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "track.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *lines: str, header: str = HEADER, track_id: str = "", average_min: int = 10) -> Track:
    return read_track(written(folder, *lines, header=header), track_id, average_min)


def problems(folder: Path, *lines: str, header: str = HEADER, track_id: str = "") -> list[Problem]:
    with pytest.raises(InputError) as caught:
        read(folder, *lines, header=header, track_id=track_id)
    return list(caught.value.problems)


def one(folder: Path, *lines: str, header: str = HEADER, track_id: str = "") -> Problem:
    (problem,) = problems(folder, *lines, header=header, track_id=track_id)
    return problem


# --- what is accepted ---


def test_faxai() -> None:
    track = read_track(FAXAI, "2019242N14180")
    assert track.name == "2019242N14180"
    assert len(track.lon) == 39  # of 50 lines; the first eleven have neither wind nor pressure
    i = int(np.flatnonzero(track.at_utc == np.datetime64("2019-09-08T18:00:00"))[0])
    assert (track.lon[i], track.lat[i], track.pressure_hpa[i]) == (139.8, 35.3, 960.0)
    assert track.vmax_mps[i] == pytest.approx(80 * 0.514444)
    assert np.isnan(track.rmax_km).all()
    assert np.isfinite(track.vmax_mps).all()


def test_units_row_byte_mark_and_blank_lines(tmp_path: Path) -> None:
    plain = read(tmp_path, *GOOD)
    path = tmp_path / "other.csv"
    units = " ,Year, , ,degrees_north,degrees_east,kts,mb"
    path.write_bytes(("\ufeff" + "\r\n".join((HEADER, units, GOOD[0], "", *GOOD[1:], ""))).encode())
    other = read_track(path)
    np.testing.assert_array_equal(other.vmax_mps, plain.vmax_mps)
    np.testing.assert_array_equal(other.at_utc, plain.at_utc)


def test_averaging_times(tmp_path: Path) -> None:
    """0.93 of a 1-minute wind (Harper et al. 2010) is the 10-minute wind."""
    for minutes, share in ((10, 1.0), (2, 0.95), (1, 0.93)):
        track = read(tmp_path, *GOOD, average_min=minutes)
        np.testing.assert_allclose(track.vmax_mps, np.array([60, 70, 65]) * 0.514444 * share)


def test_an_agency_has_its_own_averaging_time_and_radius(tmp_path: Path) -> None:
    header = "SID,ISO_TIME,LAT,LON,USA_WIND,USA_PRES,USA_RMW"
    rows = ["A,2020-08-01 00:00:00,20,140,100,950,10", "A,2020-08-01 06:00:00,21,140,100,950,"]
    track = read(tmp_path, *rows, header=header)
    np.testing.assert_allclose(track.vmax_mps, 100 * 0.514444 * 0.93)
    np.testing.assert_allclose(track.rmax_km, [18.52, np.nan])


def test_of_several_agencies_the_one_with_the_scenarios_averaging_time(tmp_path: Path) -> None:
    header = "SID,ISO_TIME,LAT,LON,USA_WIND,USA_PRES,TOKYO_WIND,TOKYO_PRES"
    rows = [f"A,2020-08-01 {h:02}:00:00,20,140,100,950,80,955" for h in (0, 6)]
    assert read(tmp_path, *rows, header=header).pressure_hpa[0] == 955
    assert read(tmp_path, *rows, header=header, average_min=1).pressure_hpa[0] == 950
    blank = [row.replace("80,955", ",") for row in rows]
    assert read(tmp_path, *blank, header=header).pressure_hpa[0] == 950


def test_blank_winds_and_pressures(tmp_path: Path) -> None:
    rows = [
        "A,2020,X,2020-08-01 00:00:00,20,140,,",  # not a storm yet: left out
        "A,2020,X,2020-08-01 06:00:00,20,140,,970",
        "A,2020,X,2020-08-01 09:00:00,20,140,,",  # three-hourly line between: filled in time
        "A,2020,X,2020-08-01 12:00:00,20,140,80,",
        "A,2020,X,2020-08-01 18:00:00,20,140, , ",
    ]
    track = read(tmp_path, *rows)
    assert len(track.lon) == 3
    first, last = float(wind_of_pressure(970.0)), 80 * 0.514444
    np.testing.assert_allclose(track.vmax_mps, [first, (first + last) / 2, last])
    low = float(pressure_of_wind(last))
    np.testing.assert_allclose(track.pressure_hpa, [970.0, (970.0 + low) / 2, low])


@pytest.mark.parametrize("lons", [("179.0", "-179.5", "-178.0"), ("179.0", "180.5", "182.0"), ("-181", "", "")])
def test_the_date_line(tmp_path: Path, lons: tuple[str, str, str]) -> None:
    rows = [row.replace(old, new) for row, old, new in zip(GOOD, ("140.0", "140.5", "141.0"), lons, strict=True)]
    if lons[0] == "-181":
        found = problems(tmp_path, *rows)
        assert [p.where for p in found] == ["line 2, LON", "line 3, LON", "line 4, LON"]
        return
    np.testing.assert_allclose(read(tmp_path, *rows).lon, [179.0, 180.5, 182.0])


def test_one_of_several_storms_without_its_spurs(tmp_path: Path) -> None:
    header = HEADER + ",TRACK_TYPE"
    rows = [f"{row},main" for row in GOOD]
    spur = GOOD[1].replace("21.0", "25.0") + ",spur"
    other = [row.replace("A,2020,ALPHA", "B,2020,BETA") for row in rows]
    track = read(tmp_path, *other, *rows[:2], spur, rows[2], header=header, track_id="A")
    np.testing.assert_allclose(track.lat, [20.0, 21.0, 22.0])


# --- what is refused ---


def test_no_track_id_for_several_storms(tmp_path: Path) -> None:
    other = [row.replace("A,2020,ALPHA", "B,2021,BETA") for row in GOOD]
    problem = one(tmp_path, *GOOD, *other)
    assert problem.value == "2 storms"
    assert "A (ALPHA 2020), B (BETA 2021)" in problem.allowed


def test_an_unknown_track_id(tmp_path: Path) -> None:
    rows = [row.replace("A,2020", "2019242N14180,2020") for row in GOOD]
    problem = one(tmp_path, *rows, track_id="2019242N14810")
    assert problem.value == "2019242N14810"
    assert problem.nearest == "2019242N14180"


def test_missing_columns_name_the_nearest(tmp_path: Path) -> None:
    found = problems(tmp_path, *GOOD, header="SID,SEASON,NAME,ISOTIME,LAT,LONG,WMOWIND,WMO_PRES")
    assert [(p.where, p.nearest) for p in found] == [
        ("line 1", "ISOTIME"),
        ("line 1", "LONG"),
        ("line 1", "WMOWIND"),
    ]
    assert "ISO_TIME" in found[0].allowed
    assert "TOKYO_WIND and TOKYO_PRES" in found[2].allowed


def test_a_column_twice(tmp_path: Path) -> None:
    assert one(tmp_path, *GOOD, header=HEADER.replace("SEASON", "LAT")).value == "LAT"


def test_wrong_units_row(tmp_path: Path) -> None:
    problem = one(tmp_path, " ,Year, , ,degrees_north,degrees_east,m/s,mb", *GOOD)
    assert (problem.where, problem.value, problem.allowed) == ("line 2, WMO_WIND", "m/s", "the unit kts")


@pytest.mark.parametrize(
    ("old", "new", "where", "value"),
    [
        ("21.0", "91.5", "LAT", "91.5"),
        ("21.0", "", "LAT", "nothing"),
        ("21.0", "north", "LAT", "north"),
        ("140.5", "361", "LON", "361"),
        ("140.5", "nan", "LON", "nan"),
        (",70,", ",215,", "WMO_WIND", "215"),
        (",70,", ",-5,", "WMO_WIND", "-5"),
        (",70,", ",inf,", "WMO_WIND", "inf"),
        (",70,", ",70 kt,", "WMO_WIND", "70 kt"),
        (",960", ",96000", "WMO_PRES", "96000"),
        ("2020-08-01 06:00:00", "2020/8/1 6:00", "ISO_TIME", "2020/8/1 6:00"),
        ("2020-08-01 06:00:00", "2020-08-01", "ISO_TIME", "2020-08-01"),
        ("2020-08-01 06:00:00", "", "ISO_TIME", "nothing"),
    ],
)
def test_bad_values(tmp_path: Path, old: str, new: str, where: str, value: str) -> None:
    problem = one(tmp_path, GOOD[0], GOOD[1].replace(old, new), GOOD[2])
    assert problem.where == f"line 3, {where}"
    assert problem.value == value
    assert problem.file.endswith("track.csv")


def test_every_problem_is_reported(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD[0].replace("20.0", "x"), GOOD[1].replace(",70,", ",900,"), GOOD[2])
    assert [p.where for p in found] == ["line 2, LAT", "line 3, WMO_WIND"]


def test_times_out_of_order_and_twice(tmp_path: Path) -> None:
    problem = one(tmp_path, GOOD[0], GOOD[2], GOOD[1])
    assert problem.where == "line 4, ISO_TIME"
    assert problem.value == "2020-08-01 06:00:00"
    assert "after that of line 3" in problem.allowed
    problem = one(tmp_path, GOOD[0], GOOD[1], GOOD[1])
    assert problem.where == "line 4, ISO_TIME"
    assert "line 3 has it too" in problem.allowed


def test_a_gap(tmp_path: Path) -> None:
    late = GOOD[2].replace("2020-08-01 12", "2020-08-02 12")
    problem = one(tmp_path, GOOD[0], GOOD[1], late)
    assert (problem.where, problem.value) == ("line 4", "30 h after line 3")
    assert "at most 12 h" in problem.allowed


def test_a_gap_before_the_storm_is_one_does_not_matter(tmp_path: Path) -> None:
    early = "A,2020,ALPHA,2020-07-30 00:00:00,20.0,140.0,,"
    assert len(read(tmp_path, early, *GOOD).lon) == 3


def test_a_gap_of_the_intensity_alone(tmp_path: Path) -> None:
    rows = [f"A,2020,X,2020-08-0{d} {h:02}:00:00,20,140,," for d in (1, 2) for h in (0, 6, 12, 18)]
    rows[0], rows[-1] = rows[0][:-1] + "70,960", rows[-1][:-1] + "70,960"
    problem = one(tmp_path, *rows)
    assert problem.where == "line 9"
    assert "WMO_WIND" in problem.allowed


def test_a_jump(tmp_path: Path) -> None:
    problem = one(tmp_path, GOOD[0], GOOD[1].replace("140.5", "-140.5"), GOOD[2].replace("141.0", "-140.5"))
    assert problem.where == "line 3, LAT and LON"
    assert "200 km/h" in problem.allowed


@pytest.mark.parametrize(("factor", "unit"), [(0.514444, "m/s"), (1.852, "km/h")])
def test_winds_in_other_units(tmp_path: Path, factor: float, unit: str) -> None:
    rows = [row.replace(f",{kt},", f",{kt * factor:.1f},") for row, kt in zip(GOOD, (60, 70, 65), strict=True)]
    problem = one(tmp_path, *rows)
    assert problem.where == "line 3, WMO_WIND"
    assert problem.allowed.endswith(f"look like {unit}")


def test_real_storms_do_not_look_like_other_units(tmp_path: Path) -> None:
    """Peak wind and pressure of very different storms (Tokyo, 10 minutes): Haiyan, Hagibis, Tip, Talim
    2017."""
    for wind, pressure in ((125, 895), (105, 915), (140, 870), (95, 935), (55, 965)):
        rows = [row.rsplit(",", 2)[0] + f",{wind},{pressure}" for row in GOOD]
        assert len(read(tmp_path, *rows).lon) == 3


def test_too_few_fixes(tmp_path: Path) -> None:
    assert one(tmp_path).value == "no fix"
    problem = one(tmp_path, GOOD[0])
    assert "two fixes or more" in problem.allowed
    blank = [row.rsplit(",", 2)[0] + ",," for row in GOOD]
    assert "two fixes or more" in one(tmp_path, *blank).allowed


def test_missing_empty_and_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError) as caught:
            read_track(path)
        assert caught.value.problems[0].file == str(path)
    empty = tmp_path / "empty.csv"
    for content in (b"", b"\n\n", b"\xef\xbb\xbf"):
        empty.write_bytes(content)
        with pytest.raises(InputError, match="empty"):
            read_track(empty)


def test_other_encodings(tmp_path: Path) -> None:
    path = written(tmp_path, *GOOD)
    text = path.read_text(encoding="utf-8").replace("ALPHA", "台風")
    for encoding, place in (("shift_jis", "line 2"), ("utf-16", "line 1")):
        path.write_bytes(text.encode(encoding))
        with pytest.raises(InputError) as caught:
            read_track(path)
        (problem,) = caught.value.problems
        assert (problem.where, problem.allowed) == (place, "text in UTF-8")
    path.write_text(text, encoding="utf-8")
    assert len(read_track(path).lon) == 3


def test_a_line_with_more_values_than_columns(tmp_path: Path) -> None:
    problem = one(tmp_path, GOOD[0], GOOD[1] + ",7", GOOD[2])
    assert (problem.where, problem.value) == ("line 3", "9 values")
    assert len(read(tmp_path, *(row + ",," for row in GOOD)).lon) == 3
    assert len(read(tmp_path, *GOOD, GOOD[0].replace("A,", "B,", 1) + ",7", track_id="A").lon) == 3


def test_the_line_of_what_is_no_csv(tmp_path: Path) -> None:
    problem = one(tmp_path, GOOD[0], GOOD[1].replace("ALPHA", '"ALPHA"x'), GOOD[2])
    assert (problem.where, problem.allowed) == ("line 3", "comma-separated values (CSV)")


def test_short_and_binary_lines(tmp_path: Path) -> None:
    problem = problems(tmp_path, GOOD[0], "A,2020,ALPHA", GOOD[2])[0]
    assert problem.where.startswith("line 3")
    path = tmp_path / "bin.csv"
    path.write_bytes(b'"SID,ISO_TIME\n')
    with pytest.raises(InputError):
        read_track(path)
    path.write_bytes((HEADER + "\n").encode() + b"\x00\x00\n")
    with pytest.raises(InputError):
        read_track(path)


# --- radii of 50-kt winds ---


def test_tokyos_radii_of_50_kt_winds(tmp_path: Path) -> None:
    """The mean of the longest and the shortest; 0 and blank say that there is none."""
    header = "SID,ISO_TIME,LAT,LON,TOKYO_WIND,TOKYO_PRES,TOKYO_R50_LONG,TOKYO_R50_SHORT"
    units = " , ,degrees_north,degrees_east,kts,mb,nmile,nmile"
    rows = [
        f"A,2020-08-01 {h:02}:00:00,20,140,70,970,{radii}"
        for h, radii in ((0, "60,40"), (6, "0,0"), (12, ","), (18, "50,"))
    ]
    track = read(tmp_path, units, *rows, header=header)
    assert track.r50_km is not None
    np.testing.assert_allclose(track.r50_km, np.array([50, np.nan, np.nan, 50]) * 1.852)
    assert track.r50_mps == pytest.approx(50 * 0.514444)


def test_radii_of_quadrants_are_of_one_minute_winds(tmp_path: Path) -> None:
    """WMO's own winds with the US agencies' radii; quadrants without such winds count as nought."""
    header = "SID,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES,USA_R50_NE,USA_R50_SE,USA_R50_SW,USA_R50_NW"
    rows = [f"A,2020-08-01 {h:02}:00:00,20,140,70,970,80,60,0,20" for h in (0, 6)]
    track = read(tmp_path, *rows, header=header)
    assert track.r50_km is not None
    np.testing.assert_allclose(track.r50_km, 40 * 1.852)
    assert track.r50_mps == pytest.approx(0.93 * 50 * 0.514444)
    assert read(tmp_path, *GOOD).r50_km is None


@pytest.mark.parametrize(("radii", "value"), [("-5,40", "-5"), ("60,wide", "wide"), ("900,40", "900")])
def test_a_radius_that_is_none(tmp_path: Path, radii: str, value: str) -> None:
    header = "SID,ISO_TIME,LAT,LON,TOKYO_WIND,TOKYO_PRES,TOKYO_R50_LONG,TOKYO_R50_SHORT"
    rows = [f"A,2020-08-01 00:00:00,20,140,70,970,{radii}", "A,2020-08-01 06:00:00,21,140,70,970,60,40"]
    found = one(tmp_path, *rows, header=header)
    assert found.value == value
    assert "a radius of 50-kt winds in nautical miles, 0 (there are none) to 700" in str(found)


def test_a_radius_in_other_units(tmp_path: Path) -> None:
    header = "SID,ISO_TIME,LAT,LON,TOKYO_WIND,TOKYO_PRES,TOKYO_R50_LONG,TOKYO_R50_SHORT"
    units = " , ,degrees_north,degrees_east,kts,mb,km,nmile"
    rows = [f"A,2020-08-01 {h:02}:00:00,20,140,70,970,60,40" for h in (0, 6)]
    found = one(tmp_path, units, *rows, header=header)
    assert (found.where, found.value) == ("line 2, TOKYO_R50_LONG", "km")
