"""The storm: reader of track files, radial profiles, wind field."""

from sim.storm.forecast import Errors, as_it_comes, errors
from sim.storm.profile import holland_1980, holland_2010, holland_2010_x, holland_b, vmax_from_b
from sim.storm.read import read_track
from sim.storm.size import size_at_landfall
from sim.storm.track import Pass, Path, Track, check_track, closest_pass, path
from sim.storm.wind import WindField, land_share, wind_at

__all__ = [
    "Errors",
    "Pass",
    "Path",
    "Track",
    "WindField",
    "as_it_comes",
    "check_track",
    "closest_pass",
    "errors",
    "holland_1980",
    "holland_2010",
    "holland_2010_x",
    "holland_b",
    "land_share",
    "path",
    "read_track",
    "size_at_landfall",
    "vmax_from_b",
    "wind_at",
]
