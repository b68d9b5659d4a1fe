"""What the utility does not decide: the typhoon, the network that stands, the strength of its assets."""

from __future__ import annotations

from typing import Literal

from sim.scenario.fields import Table, param

LARGEST_SEED = 2**63 - 1


class Storm(Table):
    """The typhoon: its track file and how the wind field is made from it."""

    track: str = param(doc="track file in IBTrACS CSV form, relative to the scenario file")
    track_id: str = param("", doc="storm in the track file (SID); empty when the file holds one storm")
    wind_average_min: Literal[1, 2, 10] = param(
        10, unit="min", grade="A", source="best tracks: Tokyo 10, US agencies 1, Chinese agency 2",
        doc="averaging time of the track's winds",
    )  # fmt: skip
    rmax_km: float | None = param(
        None, unit="km", gt=0, le=300, cause="environment", source="empty, nothing in the track: Vickery and Wadhera (2008)",
        doc="radius of maximum wind; empty: the track's, or derived from its radii of 50-kt winds, or, without those, from "
        "latitude and central pressure",
    )  # fmt: skip
    rmax_factor: float = param(
        1.0, unit="times", grade="X", low=0.75, high=1.35, gt=0, le=3, cause="environment", nominal=1.0,
        doc="scales the radius of maximum wind, wherever it comes from",
    )  # fmt: skip
    environment_hpa: float = param(
        1010.0, unit="hPa", grade="X", low=1005, high=1015, ge=980, le=1030, doc="pressure of the surroundings"
    )
    translation_fraction: float = param(
        0.6, unit="fraction", grade="C", ge=0, le=1, source="Lin and Chavas (2012): 0.55 at the surface",
        doc="share of the storm's own speed added to the wind on its right side (north) or left side (south)",
    )  # fmt: skip
    gust_factor: float = param(
        1.5, unit="times", grade="B", ge=1, le=2.5,
        source="Harper, Kepert and Ginger (2010), WMO/TD 1555: 1.38 off sea, 1.52 off land, 1.66 inland",
        doc="3-second gust over the 10-minute mean wind at 10 m over open land",
    )  # fmt: skip
    land_wind_fraction: float = param(
        0.85, unit="fraction", grade="X", low=0.75, high=0.95, gt=0, le=1.2,
        doc="10-minute mean wind over open land over that at sea, for which a track's winds stand",
    )  # fmt: skip
    city_gust_fraction: float = param(
        0.85,
        unit="fraction",
        grade="X",
        low=0.75,
        high=0.95,
        gt=0,
        le=1.2,
        doc="gust among city buildings over that in open land",
    )
    town_gust_fraction: float = param(
        0.93,
        unit="fraction",
        grade="X",
        low=0.85,
        high=1,
        gt=0,
        le=1.2,
        doc="gust in towns and woods over that in open land",
    )
    coast_gust_fraction: float = param(
        1.02, unit="fraction", grade="X", low=0.95, high=1.1, gt=0, le=1.5,
        doc="gust within 5 km of the open sea over that in open land",
    )  # fmt: skip
    intensity_sd: float = param(
        0.05, unit="fraction", grade="X", low=0.02, high=0.1, ge=0, le=0.5, cause="environment", nominal=0.0,
        doc="relative spread of the wind between replications",
    )  # fmt: skip
    track_sd_km: float = param(
        8.0, unit="km", grade="X", low=2, high=20, ge=0, le=300, cause="environment", nominal=0.0,
        doc="spread of the track's place between replications, across and along",
    )  # fmt: skip
    forecast_lead_h: float | None = param(
        None, unit="h", ge=0, le=120, cause="environment",
        doc="the track was forecast this long before landfall, and each replication is a storm that may come then; "
        "it takes the place of track_sd_km. Empty: the track is what happened",
    )  # fmt: skip
    forecast_error_factor: float = param(
        1.0, unit="times", grade="B", ge=0, le=5, cause="environment", nominal=0.0,
        source="official forecasts, western North Pacific: mean track error 80, 143, 222 km and mean wind error 4.5, "
        "6.0, 6.6 m/s after 1, 2, 3 days (yearly verifications, Meteorological Monthly; sim/storm/forecast.py)",
        doc="scales the errors of track and wind that forecasts have by lead time",
    )  # fmt: skip
    forecast_along_over_across: float = param(
        1.2, unit="times", grade="X", low=1, high=1.6, gt=0.1, le=10, cause="environment",
        source="that they differ: Kawabata and Yamaguchi (2020); no number found",
        doc="spread of the forecast error along the track, early or late, over that across it",
    )  # fmt: skip
    forecast_memory_h: float = param(
        72.0, unit="h", grade="X", low=36, high=144, ge=1, le=1000, cause="environment",
        doc="forecast errors at lead times this far apart are alike by 1/e",
    )  # fmt: skip
    gust_residual_sd: float = param(
        0.05, unit="fraction", grade="X", low=0.02, high=0.1, ge=0, le=0.5, cause="environment", nominal=0.0,
        doc="relative spread of the local gust about the wind field",
    )  # fmt: skip
    gust_residual_km: float = param(
        15.0, unit="km", grade="X", low=5, high=40, gt=0, le=200, doc="distance over which that spread stays alike"
    )
    per_year: float | None = param(
        None, unit="storms/year", gt=0, le=100,
        doc="storms of this kind in an average year; empty: not known, and nothing is said per year",
    )  # fmt: skip
    step_min: float = param(
        10.0, unit="min", gt=0, le=60, doc="time step of the wind field; gusts are linear between steps"
    )


class Network(Table):
    """How the network is grown from settlements."""

    settlements: str = param(
        doc="settlement file (CSV, UTF-8): name, lat, lon, population; or a network of one's own as a .zip of its CSV "
        "files (drill grid import); relative to the scenario file"
    )
    coast: str = param(doc="land polygons (GeoJSON); relative to the scenario file")
    customers: int = param(unit="customers", gt=0, le=50_000_000, doc="customers served in the whole area")
    customers_per_feeder: float = param(
        1900.0, unit="customers", grade="X", gt=10, le=20_000, doc="mean customers of one feeder",
        source="order of magnitude: Yagi 2024, 685 feeders for 1.681 million customers",
    )  # fmt: skip
    customers_per_section: float = param(
        100.0, unit="customers", grade="X", gt=1, le=5_000,
        doc="mean customers of one section. Larger sections make a smaller network that plays faster, and larger zones: "
        "each fault then puts out more customers",
    )  # fmt: skip
    feeders_per_substation: float = param(
        9.0, unit="feeders", grade="X", gt=0, le=60, doc="mean feeders of one substation"
    )
    poles_per_customer: float = param(
        0.2, unit="poles/customer", grade="A", gt=0, le=3,
        source="Taiwan, all: 2.04 million poles for 10.97 million meters; Yilan: 54,288 for 227,529",
        doc="poles per customer in the whole area",
    )  # fmt: skip
    rural_population_fraction: float = param(
        0.25, unit="fraction", grade="X", ge=0, le=0.9,
        doc="share of all people who live scattered around their settlement, more around small ones",
    )  # fmt: skip
    zone_sections: float = param(
        4.0, unit="sections", grade="X", ge=1, le=50,
        doc="mean sections between two devices that cut off a fault by themselves",
    )  # fmt: skip
    remote_fraction: float = param(
        0.6, unit="fraction", grade="X", ge=0, le=1,
        doc="share of main-line devices that report to the control room",
    )  # fmt: skip
    ties_per_feeder: float = param(
        1.5, unit="ties", grade="X", ge=0, le=10,
        doc="mean normally-open ties of one feeder to its neighbours",
    )  # fmt: skip
    critical_per_100k: float = param(
        8.0, unit="customers/100,000", grade="X", ge=0, le=500,
        doc="critical customers (hospitals, waterworks, shelters, masts) per 100,000 customers",
    )  # fmt: skip
    business_fraction: float = param(
        0.1, unit="fraction", grade="X", ge=0, le=1, doc="share of customers that are businesses"
    )
    seed: int = param(
        1, ge=0, le=LARGEST_SEED, doc="seed of the growth; the same network for every replication and plan"
    )


class Damage(Table):
    """Strengths of the assets; one latent strength each, failing when the gust first exceeds it."""

    pole_median_mps: float = param(
        85.0, unit="m/s", grade="X", low=70, high=100, gt=0, le=200,
        source="concrete: of 881 poles that broke or fell in Jebi 2018, at gusts of up to 58 m/s, 788 were struck by trees or "
        "debris and 93 stood in ground that gave way, none fell to the wind alone (Kansai Electric Power); wooden poles of "
        "20 years in the United States: 65 (fitted to Salman 2015)",
        doc="median gust that breaks a sound pole that nothing strikes",
    )  # fmt: skip
    pole_log_sd: float = param(
        0.11, unit="log", grade="B", gt=0, le=1, source="fitted to Salman (2015), wooden poles of 20 years",
        doc="log standard deviation of pole strength",
    )  # fmt: skip
    pole_strength_factor: float = param(
        1.0, unit="times", grade="X", low=0.9, high=1.1, gt=0, le=3, cause="technology", nominal=1.0,
        doc="hardening: scales every pole's strength",
    )  # fmt: skip
    hardened_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology",
        doc="hardening: share of poles that are replaced by stronger ones; it spares poles that the wind alone breaks, which are "
        "next to none where they are of concrete (pole_median_mps)",
    )  # fmt: skip
    hardened_factor: float = param(
        1.25, unit="times", grade="X", low=1.1, high=1.5, ge=1, le=3, cause="technology",
        doc="strength of such a pole over that of the others; trees still break it as they break others",
    )  # fmt: skip
    underground_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology",
        doc="share of sections laid underground, where wind and trees break nothing; the same ones in every storm, and "
        "those of a smaller share are among those of a larger one. Flooding is not modelled",
    )  # fmt: skip
    tree_median_mps: float = param(
        128.0, unit="m/s", grade="X", low=115, high=140, gt=0, le=500, cause="environment",
        source="fitted to customers out and poles broken in Chiba 2019",
        doc="median gust at which a tree or debris brings down the wires of one fully exposed span",
    )  # fmt: skip
    tree_log_sd: float = param(
        0.5, unit="log", grade="X", low=0.4, high=0.6, gt=0, le=2, doc="log standard deviation of that gust",
        source="pole damage in Chiba 2019 by municipality: up to 0.1 % where no trees fell, up to 0.8 % where they did, rising "
        "with the wind from gusts of 30 m/s on (National Research Institute for Earth Science and Disaster Resilience, 2021)",
    )
    tree_strength_factor: float = param(
        1.0, unit="times", grade="X", low=0.9, high=1.1, gt=0, le=3, cause="process", nominal=1.0,
        doc="trimming: scales the gust at which trees bring down wires",
    )  # fmt: skip
    tree_breaks_pole_fraction: float = param(
        0.8, unit="fraction", grade="X", low=0.5, high=0.9, ge=0, le=1,
        source="fitted to poles broken in Chiba 2019; a hit is a place of work, whatever number of spans it brings down",
        doc="share of tree and debris hits that also break a pole",
    )  # fmt: skip
    tree_blocks_fraction: float = param(
        0.5, unit="fraction", grade="X", low=0.3, high=0.7, ge=0, le=1,
        doc="share of tree and debris hits that a tree crew must clear first",
    )  # fmt: skip
    city_exposure: float = param(
        0.05,
        unit="fraction",
        grade="X",
        low=0.02,
        high=0.15,
        ge=0,
        le=1,
        doc="share of spans exposed to trees and debris, city",
    )
    rural_exposure: float = param(
        0.25,
        unit="fraction",
        grade="X",
        low=0.15,
        high=0.45,
        ge=0,
        le=1,
        doc="share of spans exposed to trees and debris, rural",
    )
    remote_exposure: float = param(
        0.9,
        unit="fraction",
        grade="X",
        low=0.7,
        high=1,
        ge=0,
        le=1,
        doc="share of spans exposed to trees and debris, remote",
    )
    transformer_median_mps: float = param(
        120.0,
        unit="m/s",
        grade="X",
        low=100,
        high=140,
        gt=0,
        le=500,
        doc="median gust at which a pole transformer fails",
    )
    transformer_log_sd: float = param(
        0.3, unit="log", grade="X", low=0.2, high=0.4, gt=0, le=2, doc="log standard deviation of that gust"
    )
    fragility_log_sd: float = param(
        0.06, unit="log", grade="X", low=0.02, high=0.12, ge=0, le=1, cause="technology", nominal=0.0,
        doc="log spread of the level of all strengths between replications; 0.01 moves the number of faults by about a "
        "twentieth",
    )  # fmt: skip
    live_only_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.3, ge=0, le=1,
        doc="share of wire and transformer faults that come about on live lines alone (clashing wires, arcs, burnt "
        "transformers) and not where the line is dead, by a fault further up or because it was switched off beforehand",
    )  # fmt: skip
    high_impedance_fraction: float = param(
        0.1, unit="fraction", grade="X", low=0.02, high=0.3, ge=0, le=1,
        source="that protection does not see all: IEEE Power System Relaying Committee, working group D15 (1996); the "
        "share in a typhoon is not known",
        doc="share of broken conductors on live lines that draw too little current for protection: live wires down",
    )  # fmt: skip


class Mobile(Table):
    """Mobile masts: one per 3 km square, fed from its section with the most customers."""

    fails: bool = param(
        False, cause="technology",
        doc="masts without supply fall silent when their batteries are empty, and with them the phones and the links of "
        "telemetry that they serve, until they have supply again",
    )  # fmt: skip
    battery_h: float = param(
        4.0, unit="h", grade="X", low=2, high=8, gt=0, le=240, cause="technology", doc="a mast's battery lasts"
    )
    landline_fraction: float = param(
        0.1, unit="fraction", grade="X", low=0, high=0.4, ge=0, le=1,
        doc="share of callers with a line that needs no mast",
    )  # fmt: skip
