"""The injects: one method for each, by the name that it has in the table of actions."""

from __future__ import annotations

import numpy as np

from sim import rng
from sim.damage import Faults, band, by_band, laid_down, too_windy
from sim.scenario.timed import Action
from sim.units import MIN_PER_H, apart_km
from sim.world.crews import LOST
from sim.world.orders import Refused
from sim.world.stage import Stage, Steps, Told


class Injects:
    """What an exercise lead may let happen."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._laid: dict[int, int] = {}  # faults laid down so far, by area
        self._tripped: set[int] = set()  # zones whose device an inject holds open
        self._n_asked, self._lines_back_at = 0, -np.inf

    # -- supply ------------------------------------------------------------------------------------------------

    def section_tripped(self, action: Action) -> Steps:
        """Open the device that protects a section."""
        section = action.args["section"]
        sections = self._closed([section])
        yield Told(str(self._stage.network.name[section]), section=section)
        self._trip(sections, action.args.get("for_min"))

    def feeder_tripped(self, action: Action) -> Steps:
        """Open a feeder's breaker."""
        network, feeder = self._stage.network, action.args["feeder"]
        heads = self._closed(self._heads(np.array([feeder])))
        yield Told(str(network.feeder_name[feeder]), section=heads[0])
        self._trip(heads, action.args.get("for_min"))

    def substation_tripped(self, action: Action) -> Steps:
        """Lose all feeders of a substation."""
        network, substation = self._stage.network, action.args["substation"]
        heads = self._closed(self._heads(np.flatnonzero(network.feeder_substation == substation)))
        yield Told(f"{network.substation_name[substation]}: {len(heads)} feeders")
        self._trip(heads, action.args.get("for_min"), of_source=True)

    def _heads(self, feeders: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
        network = self._stage.network
        return np.flatnonzero((network.parent < 0) & np.isin(network.feeder, feeders)).tolist()

    def _closed(self, sections: list[int]) -> list[int]:
        """Return those of some sections whose device was not tripped by an inject before; Refused when there is none."""
        zone = self._stage.network.zone
        closed = [section for section in sections if int(zone[section]) not in self._tripped]
        if not closed:
            raise Refused("it has been tripped already")
        return closed

    def _trip(self, sections: list[int], for_min: float | None, *, of_source: bool = False) -> None:
        stage = self._stage
        for section in sections:
            self._tripped.add(int(stage.network.zone[section]))
            stage.truth.trip(section, stage.env.now, np.inf if for_min is None else for_min, of_source=of_source)

        def close() -> None:
            for section in sections:
                self._tripped.discard(int(stage.network.zone[section]))
                stage.truth.untrip(section, stage.env.now)
                stage.control.device_closed(int(stage.network.zone[section]), stage.env.now)
            stage.work.match()

        stage.after(for_min, close)

    # -- damage and wind ---------------------------------------------------------------------------------------

    def faults_added(self, action: Action) -> Steps:
        """Lay down further damage in areas, so many faults in each."""
        stage, work, n = self._stage, action.args.get("work", "wire"), action.args["count"]
        areas = [area for area in stage.areas(action) if (stage.network.area == area).any()]
        if not areas:
            raise Refused("there is no line there")
        yield Told(f"{n} {work} each in {stage.listed(action)}")
        for area in areas:
            nth = self._laid.get(area, 0)
            self._laid[area] = nth + n
            more = laid_down(stage.drawn, stage.settings, area, n, work, stage.env.now, nth)
            self._occur(self._add(more))

    def wind_returned(self, action: Action) -> Steps:
        """Let a second band of wind break what it can, and hold up work while it blows."""
        stage, args = self._stage, action.args
        at, areas = stage.env.now, stage.areas(action)
        second = band(stage.drawn, np.array(areas), at, args["gust_mps"], args["for_min"])
        yield Told(f"{args['gust_mps']:g} m/s for {args['for_min'] / MIN_PER_H:g} h in {stage.listed(action)}")
        new = self._add(by_band(second, stage.settings, stage.truth.faults))
        for fault in new:
            self._occur_at(fault, float(stage.truth.faults.at[fault]))
        for limit in stage.work.limits_mps:
            for area, start, end in too_windy(second, limit):
                self._hold_up(area, start, end, limit)

    def _add(self, more: Faults) -> range:
        self._stage.work.add_faults(more)
        return self._stage.truth.add(more)

    def _occur(self, new: range) -> None:
        for fault in new:
            self._stage.truth.occur(fault, self._stage.env.now)

    def _occur_at(self, fault: int, at: float) -> None:
        stage = self._stage
        stage.after(at - stage.env.now, lambda: self._occur(range(fault, fault + 1)))

    def _hold_up(self, area: int, start: float, end: float, limit: float) -> None:
        stage = self._stage
        stage.after(start - stage.env.now, lambda: stage.work.blow([area], limit))
        stage.after(end - stage.env.now, lambda: stage.work.calm([area], limit))

    # -- crews, roads, aid -------------------------------------------------------------------------------------

    def crews_lost(self, action: Action) -> Steps:
        """Let crews fall out."""
        stage, minutes = self._stage, action.args.get("for_min")
        crews = stage.work.pick(stage.groups(action), action.args["count"], stage.work.can_leave)
        yield Told(f"{len(crews)} of {', '.join(action.args['crews'])}")
        stage.work.lose(crews, stage.until(minutes))
        stage.after(minutes, lambda: stage.work.bring_back(crews))

    def depot_lost(self, action: Action) -> Steps:
        """Lose a depot with the crews that are there; the others go to the nearest one from then on."""
        stage, name, minutes = self._stage, action.args["depot"], action.args.get("for_min")
        lost, gone = stage.depot(name), stage.work.orders.lost_depots
        if name in gone:
            raise Refused("it is lost already")
        others = [stage.depot(other) for other in stage.settings.depots if other != name and other not in gone]
        if not others:
            raise Refused("there is no other depot to go to")
        nearest = min(others, key=lambda base: apart_km(base.x - lost.x, base.y - lost.y))
        based = [c for g in stage.roster.groups for c in g.crews if lost.place in (c.depot, c.home) and c.state != LOST]
        home = [c for c in based if c.depot == (c.x, c.y) == lost.place and c.group.is_there]
        there = [c for c in home if stage.work.can_leave(c)]
        yield Told(name)
        gone.add(name)
        stage.work.lose(there, stage.until(minutes))
        stage.work.rebase([crew for crew in based if crew not in there], lost, nearest)

        def reopen() -> None:
            gone.discard(name)
            stage.work.bring_back(there)

        stage.after(minutes, reopen)

    def road_closed(self, action: Action) -> Steps:
        """Cut areas off for a time."""
        stage, closed = self._stage, self._stage.work.orders.is_closed
        areas = [area for area in stage.areas(action) if not closed[area]]
        if not areas:
            raise Refused("the roads there are closed already")
        yield Told(stage.listed(action))
        opens_at = stage.until(action.args["for_min"])
        for area in areas:
            stage.journal.add(stage.env.now, "road_closed", place=area, value=opens_at)
        stage.work.close_roads(areas)
        if opens_at < np.inf:
            stage.promises.not_before(np.array(areas), np.full(len(areas), opens_at))

        def reopen() -> None:
            for area in areas:
                stage.journal.add(stage.env.now, "road_opened", place=area)
            stage.work.open_roads(areas)

        stage.after(action.args["for_min"], reopen)

    def aid_refused(self, action: Action) -> Steps:
        """Let the crews of an agreement that are not there never come."""
        agreement = self._stage.roster.still_coming(action.args["aid"])
        yield Told(agreement.name, place=agreement.place)
        self._stage.roster.refuse(agreement)

    def aid_delayed(self, action: Action) -> Steps:
        """Let the crews of an agreement that are not there come later."""
        agreement = self._stage.roster.still_coming(action.args["aid"])
        yield Told(f"{agreement.name}: {action.args['late_min'] / MIN_PER_H:g} h later", place=agreement.place)
        self._stage.roster.delay(agreement, action.args["late_min"])

    # -- critical customers and their generators ----------------------------------------------------------------

    def generator_failed(self, action: Action) -> Steps:
        """Let the mobile generator at a critical customer fail; its crew is out of service until it works again."""
        stage, minutes = self._stage, action.args.get("for_min")
        backups, names = stage.control.backups, stage.network.critical_name
        there = {i: stage.work.generators.at(backups.place.index(i)) for i in action.args["critical"]}
        failed = {i: crew for i, crew in there.items() if crew is not None}
        if not failed:
            raise Refused("no mobile generator is connected there")
        yield Told(", ".join(str(names[i]) for i in failed), place=next(iter(failed)))
        for place, crew in failed.items():
            section = int(stage.network.critical_section[place])
            stage.journal.add(
                stage.env.now, "generator_failed", crew=crew.number, section=section, place=place, job=crew.job,
                value=stage.until(minutes),
            )  # fmt: skip
            stage.work.generators.take(crew)
        crews = list(failed.values())
        stage.work.lose(crews, stage.until(minutes))
        stage.after(minutes, lambda: stage.work.bring_back(crews))

    def critical_added(self, action: Action) -> Steps:
        """Let somebody at a section become a critical customer."""
        stage, section, backup = self._stage, action.args["section"], action.args["backup_min"]
        place = stage.control.backups.n_places
        yield Told(f"{action.args['name']} at {stage.network.name[section]}", section=section, place=place)
        stage.journal.add(stage.env.now, "critical_added", section=section, place=place, value=backup)
        stage.control.add_critical(section, backup, stage.env.now)
        stage.work.match()

    # -- word and knowledge ------------------------------------------------------------------------------------

    def call_surge(self, action: Action) -> Steps:
        """Let people phone with questions."""
        yield Told(f"{action.args['calls']} calls, {self._stage.listed(action)}")
        self._phone(action)

    def rumour_spread(self, action: Action) -> Steps:
        """Let people stop believing the promise they were given, and some phone to ask."""
        stage = self._stage
        yield Told(f"{action.args['calls']} calls, {stage.listed(action)}")
        for area in stage.areas(action):
            stage.line.etr(area, stage.env.now, np.nan)
        self._phone(action)

    def _phone(self, action: Action) -> None:
        """Spread calls over the action's time and over the areas' customers, by draws of their own."""
        stage, network, n = self._stage, self._stage.network, action.args["calls"]
        key, ids = (stage.drawn.seed, stage.drawn.replication), np.arange(self._n_asked, self._n_asked + n)
        self._n_asked += n
        sections = np.flatnonzero(np.isin(network.area, stage.areas(action)))
        weight = np.cumsum(np.maximum(network.customers[sections], 1e-9))
        where = np.searchsorted(weight, rng.uniforms(*key, "asking.section", ids) * weight[-1])
        at = stage.env.now + action.args["for_min"] * rng.uniforms(*key, "asking.at", ids)
        stage.line.surge(sections[where], at, stage.env.now)

    def phones_failed(self, action: Action) -> Steps:
        """Let only so many telephone lines work for a time."""
        stage, lines, usual = self._stage, action.args["lines"], self._stage.settings.hotline.trunks
        if lines >= usual:
            raise Refused(f"the hotline has no more than {usual} lines")
        if self._lines_back_at > stage.env.now:
            raise Refused("lines have failed already")
        yield Told(f"{lines} lines work for {action.args['for_min'] / MIN_PER_H:g} h")
        self._lines_back_at = stage.until(action.args["for_min"])
        self._set_lines(lines)
        stage.after(action.args["for_min"], lambda: self._set_lines(usual))

    def _set_lines(self, lines: int) -> None:
        self._stage.line.set_lines(lines, self._stage.env.now)
        self._stage.journal.add(self._stage.env.now, "lines_changed", value=lines)

    def map_failed(self, action: Action) -> Steps:
        """Let the control room's map be down: until it is back no review takes place."""
        stage = self._stage
        if stage.env.now < stage.control.blind_until:
            raise Refused("the map is down already")
        yield Told(f"for {action.args['for_min'] / MIN_PER_H:g} h")
        stage.control.blind_until = stage.until(action.args["for_min"])
        stage.journal.add(stage.env.now, "map_lost", value=stage.control.blind_until)

    def notices_failed(self, action: Action) -> Steps:
        """Let the system that sends notices be down; promises are published all the same."""
        stage = self._stage
        if stage.env.now < stage.promises.silent_until:
            raise Refused("notices cannot be sent already")
        yield Told(f"for {action.args['for_min'] / MIN_PER_H:g} h")
        stage.promises.silent_until = stage.until(action.args["for_min"])

    def wrong_etr_published(self, action: Action) -> Steps:
        """Let a wrong promise go out that the control room does not notice."""
        stage, promised = self._stage, action.args["restored_by"]
        out = stage.promises.believed_out()
        areas = stage.areas_out(action, out)
        if promised <= stage.env.now:
            raise Refused("the time to be promised has passed")
        yield Told(f"{stage.listed(action)}: minute {promised:g}")
        for area in areas:
            stage.promises.tell(area, stage.env.now, promised, int(out[area]))
