"""Read a track from an IBTrACS CSV file: check everything, convert knots, nautical miles and averaging times.

Accepted: columns SID, ISO_TIME (UTC), LAT, LON (degrees) and one pair of WMO_WIND/WMO_PRES, TOKYO_, USA_ or
CMA_ (kt, hPa); SEASON, NAME, a radius of maximum wind (TOKYO_RMW, USA_RMW, ...) and radii of 50-kt winds
(TOKYO_R50_LONG and _SHORT, USA_R50_NE, _SE, _SW and _NW; nautical miles) where there are any; other columns are passed
over. A second line with units is checked and skipped. Blank winds are filled from the pressure and the other way round;
fixes at either end with neither are left out.
"""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest_name
from sim.storm.profile import TEN_MINUTE_SHARE, pressure_of_wind, wind_of_pressure
from sim.storm.track import Track
from sim.units import KM_PER_NM, MIN_PER_H, MPS_PER_KT, distance_km

AGENCY_MIN = {"TOKYO": 10, "USA": 1, "CMA": 2}  # averaging time of an agency's wind; WMO's is the scenario's
GAP_H = 12.0  # longest time between fixes of an active storm
FASTEST_KMH = 200.0  # no storm's centre moves faster
LIMITS = {  # what a column may hold, and what that is called
    "LAT": (-90.0, 90.0, "a latitude in degrees north, -90 to 90"),
    "LON": (-180.0, 360.0, "a longitude in degrees east, -180 to 360"),
    "WIND": (0.0, 214.0, "a wind in knots (kt), 0 to 214"),
    "PRES": (850.0, 1060.0, "a central pressure in hPa, 850 to 1060"),
    "RMW": (1.0, 250.0, "a radius of maximum wind in nautical miles, 1 to 250"),
    "R50": (0.0, 700.0, "a radius of 50-kt winds in nautical miles, 0 (there are none) to 700"),
}
UNITS = {
    "LAT": ("degrees_north", "degrees"),
    "LON": ("degrees_east", "degrees"),
    "WIND": ("kts", "kt", "knots"),
    "PRES": ("mb", "hpa", "mbar"),
    "RMW": ("nmile", "nm", "nmi"),
    "R50": ("nmile", "nm", "nmi"),
}
R50 = {  # radii of 50-kt winds: Tokyo's longest and shortest, the US agencies' greatest of each quadrant
    "TOKYO": ("TOKYO_R50_LONG", "TOKYO_R50_SHORT"),
    "USA": ("USA_R50_NE", "USA_R50_SE", "USA_R50_SW", "USA_R50_NW"),
}
# Winds of at least 40 hPa deficit lie at 0.64 to 1.2 times those usual for the pressure (Atkinson and
# Holliday 1977); m/s read as knots come out near 0.5, km/h near 1.9.
PLAUSIBLE = (0.55, 1.6)


_Line = tuple[int, dict[str, str]]  # line number, and the cells by column


class _Fix(NamedTuple):
    line: int
    at: datetime
    lon: float
    lat: float
    wind_kt: float
    pressure_hpa: float
    rmax_nm: float
    r50_nm: float


class _Columns(NamedTuple):
    wind: str
    pressure: str
    rmax: str  # empty: none
    average_min: int
    r50: tuple[str, ...]
    r50_min: int  # averaging time of those winds


def read_track(path: str | Path, track_id: str = "", average_min: int = 10) -> Track:
    """Read one storm of an IBTrACS CSV file.

    Parameters
    ----------
    path : the file, UTF-8.
    track_id : the storm's SID; may be empty when the file holds one storm.
    average_min : averaging time of WMO_WIND, 1, 2 or 10 minutes. An agency's columns have its own; of
        several the one with this averaging time is taken.

    Raises
    ------
    InputError : with every problem of the storm's lines, each with file, line, value and what is allowed.
    """
    file = str(path)
    rows = _rows(Path(path), file)
    header = [name.strip().upper() for name in rows[0][1]]
    _check_header(header, file)
    table = [(line, dict(zip(header, (cell.strip() for cell in cells), strict=False))) for line, cells in rows[1:]]
    problems: list[Problem] = []
    if table and _is_units(table[0][1]):
        problems += _unit_problems(*table.pop(0), file)
    table, name = _one_storm(table, track_id, file)
    columns = _columns(header, table, average_min)
    mine = {line for line, _ in table}
    problems += [
        Problem(file, f"line {line}", f"{len(cells)} values", f"one for each of the header's {len(header)} columns")
        for line, cells in rows
        if line in mine and any(cell.strip() for cell in cells[len(header) :])
    ]
    fixes = []
    for line, row in table:
        fix = _fix(line, row, columns, file, problems)
        if fix is not None:
            fixes.append(fix)
    problems += _order_problems(fixes, file)
    if problems:
        raise InputError(problems)
    fixes = _active(fixes)
    problems = _active_problems(fixes, columns, name, file)
    if problems:
        raise InputError(problems)
    return _track(fixes, columns, name, file)


def _rows(path: Path, file: str) -> list[tuple[int, list[str]]]:
    """Return the lines that are not empty as (line number, cells)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError.one(file, "", error.strerror or "cannot be read", "a readable track file (CSV)") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        bad = data[error.start : error.start + 1].hex()
        raise InputError.one(file, f"line {line}", f"byte 0x{bad}", "text in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError.one(file, f"line {reader.line_num}", error, "comma-separated values (CSV)") from None
    if not rows:
        raise InputError.one(file, "", "empty", "an IBTrACS CSV file with a header line and one line per fix")
    return rows


def _check_header(header: list[str], file: str) -> None:
    problems = [
        Problem(file, "line 1", "", f"the column {name} is needed", nearest_name(name, header))
        for name in ("SID", "ISO_TIME", "LAT", "LON")
        if name not in header
    ]
    agencies = ("WMO", *AGENCY_MIN)
    if not any(f"{a}_WIND" in header and f"{a}_PRES" in header for a in agencies):
        wanted = [f"{a}_{what}" for a in agencies for what in ("WIND", "PRES")]
        near = next((near for name in wanted if name not in header and (near := nearest_name(name, header))), "")
        allowed = "wind and pressure columns of one agency are needed: " + ", ".join(
            f"{a}_WIND and {a}_PRES" for a in agencies
        )
        problems.append(Problem(file, "line 1", "", allowed, near if near not in wanted else ""))
    problems += [
        Problem(file, "line 1", name, "each column once")
        for name in sorted({name for name in header if name and header.count(name) > 1})
    ]
    if problems:
        raise InputError(problems)


def _is_units(row: dict[str, str]) -> bool:
    """Tell whether the second line names units: it has words where numbers belong, and no time."""
    return not row.get("ISO_TIME") and not _is_number(row.get("LAT", "")) and bool(row.get("LAT"))


def _unit_problems(line: int, row: dict[str, str], file: str) -> list[Problem]:
    found = []
    for name, unit in row.items():
        what = name if name in ("LAT", "LON") else name.rpartition("_")[2]
        ours = name == what or name.rpartition("_")[0] in ("WMO", *AGENCY_MIN)
        if any(name in radii for radii in R50.values()):
            what, ours = "R50", True
        known = UNITS.get(what, ()) if ours else ()
        if known and unit and unit.lower() not in known:
            found.append(Problem(file, f"line {line}, {name}", unit, f"the unit {known[0]}"))
    return found


def _one_storm(table: list[_Line], track_id: str, file: str) -> tuple[list[_Line], str]:
    """Return the lines of the wanted storm, without spur tracks, and its SID."""
    names: dict[str, str] = {}
    for _, row in table:
        names.setdefault(row["SID"], " ".join(x for x in (row.get("NAME", ""), row.get("SEASON", "")) if x))
    listed = ", ".join(f"{sid} ({name})" if name else sid for sid, name in list(names.items())[:12])
    if len(names) > 12:
        listed += f" and {len(names) - 12} more"
    if not names:
        raise InputError.one(file, "", "no fix", "one line per fix below the header, two or more")
    if not track_id and len(names) > 1:
        raise InputError.one(file, "", f"{len(names)} storms", f"storm.track_id names one storm of {listed}")
    wanted = track_id or next(iter(names))
    if wanted not in names:
        raise InputError.one(file, "", wanted, f"storm.track_id is one of {listed}", nearest_name(wanted, list(names)))
    mine = [(line, row) for line, row in table if row["SID"] == wanted]
    return [(line, row) for line, row in mine if not row.get("TRACK_TYPE", "").startswith("spur")], wanted


def _columns(header: list[str], table: list[_Line], average_min: int) -> _Columns:
    """Choose the agency: the nearest averaging time among those with two lines or more filled."""
    present = [a for a in ("WMO", *AGENCY_MIN) if f"{a}_WIND" in header and f"{a}_PRES" in header]
    present.sort(key=lambda agency: abs(AGENCY_MIN.get(agency, average_min) - average_min))
    filled = [a for a in present if sum(bool(row.get(f"{a}_WIND") or row.get(f"{a}_PRES")) for _, row in table) >= 2]
    agency = (filled or present)[0]
    rmax = next((name for name in (f"{agency}_RMW", "USA_RMW") if name in header), "")
    of = next((a for a in (agency, *R50) if any(row.get(name) for name in R50.get(a, ()) for _, row in table)), "")
    return _Columns(
        f"{agency}_WIND", f"{agency}_PRES", rmax, AGENCY_MIN.get(agency, average_min), R50.get(of, ()),
        AGENCY_MIN.get(of, average_min),
    )  # fmt: skip


def _fix(line: int, row: dict[str, str], columns: _Columns, file: str, problems: list[Problem]) -> _Fix | None:
    """Return one fix, None when its time is no time; add what is wrong with the line to `problems`."""

    def number(name: str, what: str, needed: bool) -> float:
        text, (low, high, allowed) = row.get(name, ""), LIMITS[what]
        if not text and not needed:
            return math.nan
        value = float(text) if _is_number(text) else math.nan
        if not low <= value <= high:
            problems.append(Problem(file, f"line {line}, {name}", text or "nothing", allowed))
            return math.nan
        return value

    fix = _Fix(
        line,
        _time(row.get("ISO_TIME", "")) or datetime.min,
        number("LON", "LON", needed=True),
        number("LAT", "LAT", needed=True),
        number(columns.wind, "WIND", needed=False),
        number(columns.pressure, "PRES", needed=False),
        number(columns.rmax, "RMW", needed=False) if columns.rmax else math.nan,
        _mean([number(name, "R50", needed=False) for name in columns.r50]),
    )
    if fix.at == datetime.min:
        text = row.get("ISO_TIME") or "nothing"
        problems.append(Problem(file, f"line {line}, ISO_TIME", text, "a time in UTC such as 2019-09-08 18:00:00"))
        return None
    return fix


def _mean(radii: list[float]) -> float:
    """Return the mean of the radii that are given; nan where there is none, or no such wind."""
    given = [radius for radius in radii if not math.isnan(radius)]
    return sum(given) / len(given) if any(given) else math.nan


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _time(text: str) -> datetime | None:
    """Return a time in UTC without offset; a time with an offset is converted."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    return at if len(text) > 10 and 1800 <= at.year <= 2200 else None


def _order_problems(fixes: list[_Fix], file: str) -> list[Problem]:
    """Return lines whose time does not rise, and lines that the storm cannot have reached in time."""
    found = []
    for before, after in pairwise(fixes):
        hours = (after.at - before.at).total_seconds() / 3600
        where = f"line {after.line}, ISO_TIME"
        if hours == 0:
            found.append(Problem(file, where, str(after.at), f"each time once; line {before.line} has it too"))
        elif hours < 0:
            found.append(Problem(file, where, str(after.at), f"a time after that of line {before.line}, {before.at}"))
        else:
            far = float(distance_km(before.lon, before.lat, after.lon, after.lat))
            if far / hours > FASTEST_KMH:
                value = f"{far:.0f} km in {hours:g} h"
                allowed = f"a place that the storm can reach from line {before.line} at {FASTEST_KMH:.0f} km/h"
                found.append(Problem(file, f"line {after.line}, LAT and LON", value, allowed))
    return found


def _active(fixes: list[_Fix]) -> list[_Fix]:
    """Return the fixes from the first to the last that has a wind or a pressure."""
    known = [i for i, fix in enumerate(fixes) if not (math.isnan(fix.wind_kt) and math.isnan(fix.pressure_hpa))]
    return fixes[known[0] : known[-1] + 1] if known else []


def _active_problems(fixes: list[_Fix], columns: _Columns, name: str, file: str) -> list[Problem]:
    if len(fixes) < 2:
        value = f"{name} with {len(fixes)} of them"
        return [Problem(file, "", value, f"two fixes or more that have {columns.wind} or {columns.pressure}")]
    found: list[Problem] = []
    strong = [fix for fix in fixes if not (math.isnan(fix.wind_kt) and math.isnan(fix.pressure_hpa))]
    for some, what in ((fixes, "fixes"), (strong, f"fixes with {columns.wind} or {columns.pressure}")):
        for before, after in pairwise(some):
            hours = (after.at - before.at).total_seconds() / MIN_PER_H**2
            if hours > GAP_H and not (some is strong and found):
                value = f"{hours:g} h after line {before.line}"
                found.append(Problem(file, f"line {after.line}", value, f"at most {GAP_H:g} h between {what}"))
    both = [fix for fix in fixes if fix.wind_kt > 0 and fix.pressure_hpa <= 970]
    if both:
        deepest = min(both, key=lambda fix: fix.pressure_hpa)
        usual = float(wind_of_pressure(deepest.pressure_hpa)) / MPS_PER_KT / TEN_MINUTE_SHARE[columns.average_min]
        ratio = deepest.wind_kt / usual
        if not PLAUSIBLE[0] <= ratio <= PLAUSIBLE[1]:
            unit = "m/s" if ratio < 1 else "km/h"
            value = f"{deepest.wind_kt:g} at {deepest.pressure_hpa:g} hPa"
            allowed = f"winds in knots, usually near {usual:.0f} at that pressure; these look like {unit}"
            found.append(Problem(file, f"line {deepest.line}, {columns.wind}", value, allowed))
    return found


def _track(fixes: list[_Fix], columns: _Columns, name: str, file: str) -> Track:
    """Convert to the program's units, and fill what is blank."""
    at = np.array([fix.at for fix in fixes], dtype="datetime64[s]")
    lon = np.array([fix.lon for fix in fixes])
    pressure = np.array([fix.pressure_hpa for fix in fixes])
    wind = np.array([fix.wind_kt for fix in fixes]) * MPS_PER_KT * TEN_MINUTE_SHARE[columns.average_min]
    wind = np.where(np.isnan(wind), wind_of_pressure(pressure), wind)
    pressure = np.where(np.isnan(pressure), pressure_of_wind(wind), pressure)
    return Track(
        name=name,
        at_utc=at,
        lon=np.unwrap(lon, period=360.0),
        lat=np.array([fix.lat for fix in fixes]),
        vmax_mps=_filled(at, wind),
        pressure_hpa=_filled(at, pressure),
        rmax_km=np.array([fix.rmax_nm for fix in fixes]) * KM_PER_NM,
        file=file,
        r50_km=np.array([fix.r50_nm for fix in fixes]) * KM_PER_NM if columns.r50 else None,
        r50_mps=50 * MPS_PER_KT * TEN_MINUTE_SHARE[columns.r50_min],
    )


def _filled(at: NDArray[np.datetime64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with gaps filled linearly in time; the first and last are known."""
    seconds = at.astype(np.int64).astype(float)
    known = np.isfinite(values)
    return np.asarray(np.interp(seconds, seconds[known], values[known]))
