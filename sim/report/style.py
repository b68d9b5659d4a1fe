"""Style of all figures: colours that differ in lightness too, fonts, and what matplotlib is told."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.words import Words, words

INK, MUTED, FAINT, PAPER = "#1F1F1F", "#666666", "#D5D5D5", "#FFFFFF"
PLAN, PLAN_DARK_BAND, PLAN_LIGHT_BAND = "#00507F", "#7FB3D3", "#CFE3F0"
REFERENCE = "#7A7A7A"
OBSERVED = "#D55E00"
NOTE_BOX = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1.5}
SEA, LAND, COAST = "#E8F0F5", "#FAF9F5", "#7A8A94"

# Hues of Okabe and Ito (2008), Color Universal Design, darkened or lightened so that neighbours also differ in grey.
STAGES = {
    "hours_unknown": ("#12344D", ""),
    "hours_wind": ("#8FBEDD", ""),
    "hours_waiting": ("#E2711D", ""),
    "hours_travel": ("#F6DFA8", ""),
    "hours_work": ("#4FA88B", "////"),
    "hours_other_crew": ("#CDB7DE", ""),
    "hours_switching": ("#9E9E9E", ""),
    "hours_switched_off": ("#D9C2DC", "...."),
}
CREWS = {
    "crews_working": ("#12344D", ""),
    "crews_travelling": ("#3B8FC7", ""),
    "crews_waiting": ("#D8BE45", ""),
    "crews_stood_down": ("#D55E00", "////"),
    "crews_night": ("#6A4C93", "...."),
    "crews_resting": ("#E4E8EB", ""),
    "crews_off": ("#FFFFFF", ""),
}
CALLS = {
    "calls_first": ("#00507F", ""),
    "calls_redial": ("#E69F00", ""),
    "calls_followup": ("#DCDCDC", "////"),
}
VERDICTS = {  # marker, face, edge
    "better": ("o", "#00507F", "#00507F"),
    "worse": ("s", "#D55E00", "#A04600"),
    "too_small": ("D", "#FFFFFF", "#666666"),
    "cannot_tell": ("o", "#FFFFFF", "#1F1F1F"),
}
SHARE_OUT = ("#F1EFE6", "#FBDFA0", "#F5AE5B", "#E0702F", "#A83A16", "#5A1208")  # light to dark throughout
SHARE_LIMITS = (0.0, 0.01, 0.2, 0.4, 0.6, 0.8, 1.0)
# light to dark; not the blue of the sea and not the orange of outages
GUSTS = ("#EADFF1", "#D3C0E2", "#B99DD1", "#9C78BD", "#7F55A6", "#653A8C")
WORK = {"wire": ("#8FBEDD", ""), "pole": ("#12344D", ""), "transformer": ("#E69F00", "////")}

PLACES = {"city": ("#12344D", ""), "rural": ("#8FBEDD", ""), "remote": ("#E2711D", "////")}
# colour, line, marker of plans that share a panel: they differ in all three, and in grey
LINES = (
    ("#00507F", "-", "o"), ("#E69F00", (0, (4, 1.4)), "s"), ("#4FA88B", (0, (1, 1.2)), "^"), ("#8A2E5D", "-", "D"),
    ("#56B4E9", (0, (6, 2)), "v"), ("#1F1F1F", (0, (2, 1)), "P"), ("#D55E00", "-", "X"), ("#8A8A8A", "-", "<"),
)  # fmt: skip

TITLE_PT, SUBTITLE_PT, PANEL_PT, LABEL_PT, FOOT_PT = 14.0, 9.5, 10.0, 8.5, 7.5
DPI = 160

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Noto Sans CJK JP", "Noto Sans CJK TC",
    "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
CJK_FILES = ("NotoSansCJK", "NotoSansSC", "SourceHanSans", "msyh", "PingFang", "wqy-", "simhei", "DroidSansFallback")
LATIN_FONT = "DejaVu Sans"  # comes with matplotlib


@dataclass(frozen=True)
class Look:
    """The words that a figure uses and the font families that can show them, the best first."""

    words: Words
    families: tuple[str, ...]


def text_on(colour: str) -> str:
    """Return the colour of text that can be read on a ground."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 125 else PAPER


def line_of(number: int) -> dict[str, Any]:
    """Return colour, line and marker of a plan, counted without the reference."""
    colour, dash, marker = LINES[number % len(LINES)]
    return {"color": colour, "linestyle": dash, "marker": marker}


def look_for(lang: str) -> tuple[Look, list[str]]:
    """Return the look for a language, and messages: without a CJK font the figures fall back to English."""
    font = cjk_font()
    if lang == "zh" and font is None:
        return Look(words("en"), (LATIN_FONT,)), [words(lang)("message.no_cjk_font")]
    # the CJK font comes first in Chinese so that punctuation is its own; elsewhere it only fills in
    families = (LATIN_FONT,) if font is None else (font, LATIN_FONT) if lang == "zh" else (LATIN_FONT, font)
    return Look(words(lang), families), []


@cache
def cjk_font() -> str | None:
    """Return the family of an installed font with Chinese characters, or None."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in CJK_FONTS if name in known), None)
    if found is None:  # matplotlib's list of fonts may be older than the font
        for path in sorted(font_manager.findSystemFonts()):
            if Path(path).name.startswith(CJK_FILES):
                font_manager.fontManager.addfont(path)
        known = {font.name for font in font_manager.fontManager.ttflist}
        found = next((name for name in CJK_FONTS if name in known), None)
    return found


def settings(families: tuple[str, ...]) -> dict[str, Any]:
    """Return what matplotlib is told, over its own defaults."""
    return {
        "font.family": list(families),  # by name: of a generic family only one font is used, without filling in
        "font.size": LABEL_PT,
        "text.color": INK,
        "text.parse_math": False,  # a dollar sign in a plan's title is a dollar sign
        "axes.titlesize": PANEL_PT,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titley": 1.0,  # where it stands anyway: without this matplotlib measures all around it to find out
        "axes.labelsize": LABEL_PT,
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": "#E6E6E6",
        "grid.linewidth": 0.6,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": LABEL_PT - 0.5,
        "ytick.labelsize": LABEL_PT - 0.5,
        "legend.frameon": False,
        "legend.fontsize": LABEL_PT,
        "hatch.linewidth": 0.5,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "svg.fonttype": "path",  # the picture looks the same where the font is missing
        "svg.hashsalt": "drill",  # the same figure gives the same bytes
    }


@contextmanager
def styled(look: Look) -> Iterator[list[str]]:
    """Put the style in force for a while; yields a list that collects the characters no font can show."""
    from matplotlib import style

    missing: list[str] = []
    # a CJK font without a bold face is told of at every title; nobody can do anything about it
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with style.context(["default", settings(look.families)]), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield missing
    for warning in caught:
        text = str(warning.message)
        if text.startswith("Glyph ") and "missing from" in text:
            missing.append(text.split(" ")[1])
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
