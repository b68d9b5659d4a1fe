"""Small worlds to play: a telephone that never rings, or rings as scripted, and readers of logs."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim.log import KINDS, NONE, Log
from sim.scenario.plans import Plan
from sim.scenario.timed import Action
from sim.world import Outcome, World


class Telephone:
    """Stands for the hotline: calls (at, section, caller) as scripted; who is not dark at that minute keeps silent.

    Notes what it is told in `told`.
    """

    def __init__(self, calls: Sequence[tuple[float, int, int]] = ()) -> None:
        self.calls = sorted(calls)
        self.dark_since: dict[int, float] = {}
        self.spells: dict[int, list[tuple[float, float]]] = {}
        self.told: list[tuple[Any, ...]] = []

    def went_dark(self, sections: Any, at: float) -> None:
        for section in np.asarray(sections).tolist():
            self.dark_since.setdefault(section, at)

    def restored(self, sections: Any, at: float) -> None:
        for section in np.asarray(sections).tolist():
            if section in self.dark_since:
                self.spells.setdefault(section, []).append((self.dark_since.pop(section), at))

    def is_dark(self, section: int, at: float) -> bool:
        spells = self.spells.get(section, [])
        return self.dark_since.get(section, np.inf) <= at or any(a <= at < b for a, b in spells)

    def etr(self, area: int, at: float, promised_at: float) -> None:
        self.told.append(("etr", area, at, promised_at))

    def own_etr(self, sections: Any, at: float, promised_at: float) -> None:
        self.told.append(("own_etr", np.asarray(sections).tolist(), at, promised_at))

    def notice(self, area: int, at: float, reach: float) -> None:
        self.told.append(("notice", area, at, reach))

    def warn(self, sections: Any, at: float, reach: float) -> None:
        self.told.append(("warn", tuple(np.asarray(sections).tolist()), at, reach))
    def rung_up(self, sections: Any, callers: Any, at: float) -> None:
        self.told.append(("rung_up", np.asarray(sections).tolist(), np.asarray(callers).tolist(), at))

    def catch_up(self, sections: Any) -> Any:
        return self.advance(-np.inf)

    def advance(self, to: float, may_wait: Any = None) -> Any:
        due = [call for call in self.calls if call[0] < to]
        self.calls = self.calls[len(due) :]
        rows = [call for call in due if self.is_dark(call[1], call[0])]
        columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
        return SimpleNamespace(
            at=np.array(columns[0], float),
            section=np.array(columns[1], np.int64),
            caller=np.array(columns[2], np.int64),
        )

    def finish(self) -> Any:
        return None


def plan_of(scenario: Any, actions: Sequence[Action] = ()) -> Plan:
    return Plan("base", "base", scenario.model_copy(update={"plans": {}}), tuple(actions))


def play(
    drawn: Any,
    calls: Sequence[tuple[float, int, int]] = (),
    actions: Sequence[Action] = (),
    line: Any = None,
    **options: Any,
) -> Outcome:
    """Play the drawn scenario as it is, without a real hotline."""
    world = World(drawn, plan_of(drawn.scenario), line or Telephone(calls), actions, **options)
    return world.play()


def lines(log: Log, *but: str) -> list[str]:
    """Return the log's lines without the kinds named."""
    return [line for line in log.lines() if line.split()[1] not in but]


def difference(before: list[str], after: list[str]) -> list[str]:
    """Return the lines that fell away, marked -, and those that are new, marked +, in the logs' order."""
    out = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            out += [f"- {line}" for line in before[i:j]] + [f"+ {line}" for line in after[k:m]]
    return out


def at_of(log: Log, kind: str, **ids: int) -> list[float]:
    """Return the minutes of the events of a kind with the given ids."""
    mask = log.of(kind)
    for name, number in ids.items():
        mask &= log[name] == number
    return log["at"][mask].tolist()


def is_sound(log: Log) -> None:
    """Assert what holds of every log: order, outages, interruptions, crews in one place."""
    assert np.all(np.diff(log["at"]) >= 0)
    for opens, closes, name in (
        ("outage_inferred", "outage_closed", "outage"),
        ("section_went_dark", "section_restored", "interruption"),
    ):
        opened, closed = log[name][log.of(opens)], log[name][log.of(closes)]
        assert len(set(opened.tolist())) == len(opened)
        assert len(set(closed.tolist())) == len(closed)
        assert set(closed.tolist()) <= set(opened.tolist())
        since = dict(zip(opened.tolist(), log["at"][log.of(opens)].tolist(), strict=True))
        for number, at in zip(closed.tolist(), log["at"][log.of(closes)].tolist(), strict=True):
            assert since[number] <= at
    starts = ("crew_dispatched",)
    stops = (
        "patrol_finished", "tree_cleared", "repair_finished", "device_operated", "shift_ended", "generator_released",
        "crew_broke_off", "task_handed_over", "task_finished", "assist_finished",
        "crew_returning", "service_visited", "generator_not_needed",
    )  # fmt: skip
    doing: dict[int, int] = {}
    handing = set(log["job"][log.of("task_handed_over")].tolist())  # who takes over sets out before the other leaves
    for i in np.flatnonzero(log.of(*starts, *stops, "crew_arrived")):
        crew, job = int(log["crew"][i]), int(log["job"][i])
        kind = KINDS[log["kind"][i]].name
        if kind == "crew_dispatched":
            assert doing.get(crew, NONE) == NONE, f"crew {crew} is in two places"
            assert job not in doing.values() or job in handing, f"two crews at job {job}"
            doing[crew] = job
        elif kind == "crew_arrived":
            assert doing[crew] == job
        else:
            assert kind in ("shift_ended", "crew_returning") or doing[crew] == job
            doing[crew] = NONE
