"""The frame around every figure: title, subtitle, footer, panels; and how a figure goes to disk."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.report import style
from sim.report.material import Material
from sim.report.style import Look
from sim.report.wrapping import is_wide, lines
from sim.results.writing import Cell, write_bytes, write_csv
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

_POINTS = 72.0
_MARGIN_IN = 0.12
_KEYS_IN = 0.26
_WIDE_EM = 1.03  # advance of a CJK character, em
_BOLD = 1.1  # bold over regular
_ADVANCE_EM = {  # of Latin characters, DejaVu Sans, a little more than the font's own; others as the widest letters
    **dict.fromkeys("iljtfrI.,:;|!'()[] -", 0.37),
    **dict.fromkeys("abcdeghknopqsuvxyz_/+−–0123456789?", 0.63),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.72),
}
_OTHER_EM = 0.98


@dataclass(frozen=True)
class Sheet:
    """One figure with the data that it shows.

    name : file name without ending. title : what is seen. says : one sentence for readers of the page. alt :
    what a person who cannot see the figure is told. header, rows : the data drawn.
    """

    name: str
    figure: Figure
    title: str
    says: str
    alt: str
    header: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Drawn:
    """A sheet on disk: what a page says of it, its width in inches, its files, the characters no font could show."""

    name: str
    title: str
    says: str
    alt: str
    width: float
    files: tuple[Path, ...]
    missing: tuple[str, ...]


def framed(
    look: Look, title: str, subtitle: str, foot: str, width: float, body: float,
    keys: Sequence[tuple[Artist, str]] = (),
) -> Figure:  # fmt: skip
    """Return an empty figure, `width` inches wide, with `body` inches of height left for panels.

    keys : (artist, name) of what several panels show, explained once in a row above them.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    room = (width - 2 * _MARGIN_IN) * _POINTS
    titles = wrapped(title, room, style.TITLE_PT, bold=True)
    subtitles = wrapped(subtitle, room, style.SUBTITLE_PT)
    feet = wrapped(foot, room, style.FOOT_PT)
    step = [size * 1.35 / _POINTS for size in (style.TITLE_PT, style.SUBTITLE_PT, style.FOOT_PT)]
    head_in = _MARGIN_IN + len(titles) * step[0] + 0.02 + len(subtitles) * step[1] + 0.1 + (_KEYS_IN if keys else 0.0)
    foot_in = 0.1 + len(feet) * step[2] + 0.06
    height = head_in + body + foot_in
    layout = ConstrainedLayoutEngine(
        rect=(_MARGIN_IN / width, foot_in / height, 1 - 2 * _MARGIN_IN / width, body / height),
        h_pad=0.05, w_pad=0.06, hspace=0.03, wspace=0.03,
    )  # fmt: skip
    figure = Figure(figsize=(width, height), layout=layout)
    x, y = _MARGIN_IN / width, 1 - _MARGIN_IN / height
    given: dict[str, Any] = {"ha": "left", "va": "top", "in_layout": False, "linespacing": 1.2}
    figure.text(x, y, "\n".join(titles), size=style.TITLE_PT, weight="bold", **given)
    y -= (len(titles) * step[0] + 0.02) / height
    figure.text(x, y, "\n".join(subtitles), size=style.SUBTITLE_PT, color=style.MUTED, **given)
    if keys:
        row = figure.legend(
            [artist for artist, _ in keys], [name for _, name in keys], loc="upper left", ncols=len(keys),
            bbox_to_anchor=(x, 1 - (head_in - _KEYS_IN - 0.04) / height), borderaxespad=0.0, borderpad=0.0,
            handlelength=1.4, handleheight=1.1, columnspacing=1.5,
        )  # fmt: skip
        row.set_in_layout(False)
    y = (foot_in - 0.1) / height
    figure.text(x, y, "\n".join(feet), size=style.FOOT_PT, color=style.MUTED, **given)
    return figure


def panels(figure: Figure, n: int, columns: int = 0, share_y: bool = True) -> list[Axes]:
    """Return `n` panels in rows; unused places stay empty, and only outer panels bear tick labels."""
    columns = columns or columns_for(n)
    rows = -(-n // columns)
    grid = figure.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False).ravel().tolist()
    for axes in grid[n:]:
        axes.set_visible(False)
    for above in grid[max(0, n - columns) : n]:
        above.tick_params(labelbottom=True)
    return list(grid[:n])


def columns_for(n: int) -> int:
    """Return how many panels stand side by side."""
    return n if n <= 3 else 2 if n == 4 else 3 if n <= 9 else 4


def footer(material: Material, w: Words) -> str:
    """Return the line below every figure: what it is, how many runs, which seed."""
    n = len(material.experiment.replications)
    return w("figure.footer", scenario=material.scenario.name, n=n, seed=material.experiment.seed)


def wrapped(text: str, room_pt: float, size_pt: float, bold: bool = False, most: int = 4) -> list[str]:
    """Break text into lines that fit; CJK text breaks anywhere, other text at spaces; at most `most` lines."""
    found = lines(text, room_pt, lambda part: _width(part, bold) * size_pt)
    if len(found) > most:
        found = [*found[: most - 1], found[most - 1] + "…"]
    return [shortened(line, room_pt, size_pt, bold) for line in found]


def shortened(text: str, room_pt: float, size_pt: float, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis when it is too long for its room."""
    text = " ".join(text.split())
    if _width(text, bold) * size_pt <= room_pt:
        return text
    while text and _width(text + "…", bold) * size_pt > room_pt:
        text = text[:-1]
    return text + "…"


def write_sheet(sheet: Sheet, folder: Path, look: Look) -> tuple[list[Path], list[str]]:
    """Write the sheet as PNG, SVG and CSV; return the files and the characters that no font could show."""
    files = [folder / f"{sheet.name}.{ending}" for ending in ("png", "svg", "csv")]
    with style.styled(look) as missing:
        canvas = _settled(sheet.figure)
        pictures = _png(canvas), _svg(sheet.figure)
    for path, picture in zip(files, pictures, strict=False):
        write_bytes(path, picture)
    write_csv(files[2], sheet.header, sheet.rows)
    return files, missing


def _png(canvas: FigureCanvasAgg) -> bytes:
    """Draw a settled figure as PNG; nothing in it tells date or version, so the same figure gives the same bytes.

    Without an alpha channel and packed lightly it takes half the time of matplotlib's own, and is no larger.
    """
    from PIL import Image

    canvas.draw()
    picture, buffer = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"), io.BytesIO()
    picture.save(buffer, "PNG", compress_level=3, dpi=(style.DPI, style.DPI))
    return buffer.getvalue()


def _svg(figure: Figure) -> bytes:
    """Draw a figure as SVG; nothing in it tells date or version."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _settled(figure: Figure) -> FigureCanvasAgg:
    """Find the panels' places once and round them: the solver's last bits differ from run to run.

    The canvas returned has measured the figure's texts at the size that they will be drawn in.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(style.DPI)
    canvas = FigureCanvasAgg(figure)
    for axis in [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]:
        if not axis.get_label_text():
            axis.set_label_coords(0.0, 0.0)  # a place is not sought for a name that says nothing
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(float(edge), 5) for edge in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))
    return canvas


def counted(axis: Axis, w: Words, ticks: int = 5) -> None:
    """Give an axis a few round ticks with numbers as the language writes them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(ticks, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))


def scaled(axis: Axis, w: Words, unit: float = 1.0, ticks: int = 6, signed: bool = False) -> None:
    """Give an axis a few ticks with numbers in a unit, all with the decimals that tell each from the next.

    signed : with a plus sign before what is above zero.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def text(value: float, _: object) -> str:
        number = w.number(value / unit, _decimals(np.asarray(axis.get_majorticklocs()) / unit))
        return f"+{number}" if signed and value > 0 else number

    axis.set_major_locator(MaxNLocator(ticks))
    axis.set_major_formatter(FuncFormatter(text))


def _decimals(ticks: NDArray[np.float64]) -> int:
    """Return the fewest decimals with which evenly spaced ticks still read as evenly spaced."""
    off = 1e-3 * float(np.diff(ticks).min()) if len(ticks) > 1 else 1e-9
    return next((digits for digits in range(9) if np.abs(np.round(ticks, digits) - ticks).max(initial=0.0) <= off), 9)


def numbers(*columns: Sequence[float] | Any) -> list[list[Cell]]:
    """Return columns as rows of plain numbers."""
    return [[float(value) for value in row] for row in zip(*columns, strict=True)]


def _width(text: str, bold: bool) -> float:
    """Return the width of text, em."""
    return sum(_WIDE_EM if is_wide(c) else _ADVANCE_EM.get(c, _OTHER_EM) for c in text) * (_BOLD if bold else 1.0)
