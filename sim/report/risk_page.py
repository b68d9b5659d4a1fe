"""The risk register as files: pictures, tables and one page that needs nothing else."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sim.report.figures import risk_causes, treatments
from sim.report.figures.risk import draw_all
from sim.report.page import picture, render
from sim.report.risk import answer, column, note, register_rows
from sim.report.risk_causes import causes_note, change_cells, share_cells
from sim.report.risk_history import Past, level_cells, moved_cells, moved_table, told
from sim.report.style import look_for
from sim.report.treatments import told as told_treatments
from sim.report.treatments import treatment_cells
from sim.report.write import write_sheets
from sim.results.risk_tables import causes_table, risk_tables, write_risk_tables
from sim.results.treatments_table import treatments_table
from sim.results.writing import write_bytes, writing
from sim.risk.causes import Causes
from sim.risk.grade import TABLE
from sim.risk.register import Register
from sim.risk.treatments import Compared
from sim.scenario.risks import LEVELS
from sim.words import Words, words

if TYPE_CHECKING:
    from sim.report.frame import Sheet

PAGE = "risk.html"


def write_register(
    register: Register, folder: Path, scenario_name: str, command: Sequence[str], lang: str = "en",
    past: Past | None = None, causes: Causes | None = None, compared: Sequence[Compared] = (), currency: str = "",
) -> list[str]:  # fmt: skip
    """Write risk.html into a folder, tables and pictures into its folder `risk`; return messages for the user.

    past : the registers kept so far, this one last; causes : what groups of causes add; None: not asked
    for. compared : plans as treatments, where there are several; currency : of their money.

    Raises
    ------
    DrillError when a file cannot be written.
    """
    w = words(lang)
    look, messages = look_for(lang)
    inner = folder / "risk"
    with writing(folder, "risk register"):
        inner.mkdir(parents=True, exist_ok=True)
        tables = risk_tables(register, w)
        tables |= {"moved": moved_table(past)} if past is not None else {}
        tables |= {"causes": causes_table(causes)} if causes is not None else {}
        tables |= {"treatments": treatments_table(compared)} if compared else {}
        write_risk_tables(inner, tables)
        sheets = draw_all(register, scenario_name, look)
        sheets += [risk_causes.draw(causes, register, scenario_name, look)] if causes is not None else []
        sheets += [treatments.draw(compared, register, scenario_name, currency, look)] if compared else []
        _, missing = write_sheets(sheets, inner, look)
        page = _page(register, sheets, folder, inner, scenario_name, command, past, causes, compared, currency, w)
        write_bytes(folder / PAGE, page.encode())
    return [*messages, *([w("message.missing_glyphs")] if missing else [])]


def _page(
    register: Register, sheets: Sequence[Sheet], folder: Path, inner: Path, scenario_name: str, command: Sequence[str],
    past: Past | None, causes: Causes | None, compared: Sequence[Compared], currency: str, w: Words,
) -> str:  # fmt: skip
    shown = [{"sheet": sheet, "source": picture(inner, sheet.name)} for sheet in sheets]
    return render(
        "risk.html.j2", w,
        name=scenario_name,
        register=register,
        answer=answer(register, w),
        note=note(register, w),
        tail=column("tail", register, w),
        figures=shown,
        plans=[{"plan": plan, "rows": register_rows(register, plan, w)} for plan in register.plans],
        treatments={
            "told": told_treatments(compared, register, currency, w), "figure": shown.pop(),
            "cells": treatment_cells(compared, register, currency, w),
        } if compared else None,
        past=None if past is None else {
            "told": told(past, w), "moved": moved_cells(past, w), "levels": level_cells(past, w),
            "is_first": past.before is None,
        },
        causes=None if causes is None else {
            "headline": risk_causes.headline(causes, w), "note": causes_note(causes, w),
            "shares": share_cells(causes, register, w), "changes": change_cells(causes, w), "figure": shown.pop(),
        },
        levels=LEVELS,
        named={level: w(f"risk.{level}") for level in LEVELS},
        table=dict(zip(LEVELS, TABLE, strict=True)),
        folder=quote(os.path.relpath(inner, folder).replace(os.sep, "/")),
        command=shlex.join(command),
    )  # fmt: skip
