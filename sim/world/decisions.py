"""The decisions: one method for each, by the name that it has in the table of actions."""

from __future__ import annotations

import numpy as np

from sim.scenario.timed import Action
from sim.units import MIN_PER_H
from sim.world.crews import shift_start_at
from sim.world.orders import Refused
from sim.world.promises import AREA, ASSESSING, GLOBAL
from sim.world.stage import Stage, Steps, Told


class Decisions:
    """What the utility may decide."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def set_dispatch_rule(self, action: Action) -> Steps:
        """Dispatch by another rule."""
        yield Told(action.args["rule"])
        self._stage.work.obey(action.args["loaded"])

    def prioritise(self, action: Action) -> Steps:
        """Let jobs in areas and for critical customers come first."""
        areas, critical = action.args.get("areas") or [], action.args.get("critical") or []
        network, backups = self._stage.network, self._stage.control.backups
        names = [*network.area_name[areas].tolist(), *network.critical_name[critical].tolist()]
        yield Told(", ".join(names) or "nothing any more")
        self._stage.work.put_first(areas, [backups.place.index(i) for i in critical])

    def move_crews(self, action: Action) -> Steps:
        """Give crews a new base."""
        stage, args = self._stage, action.args
        if args.get("depot") in stage.work.orders.lost_depots:
            raise Refused("that depot is lost")
        base = stage.depot(args["depot"]) if "depot" in args else stage.middle(args["area"])
        crews = stage.work.pick(stage.groups(action), args.get("count"), lambda crew: crew.home != base.place)
        yield Told(f"{len(crews)} of {', '.join(args['crews'])} to {base.name}", place=args.get("area", -1))
        stage.work.move(crews, base)

    def assign_crews(self, action: Action) -> Steps:
        """Let crews work in some areas only, or everywhere again."""
        stage, areas = self._stage, action.args.get("areas")
        only = None
        if areas:
            only = np.zeros(len(stage.network.area_name), bool)
            only[areas] = True
        crews = stage.work.pick(stage.groups(action), action.args.get("count"), lambda crew: crew.only is not only)
        yield Told(f"{len(crews)} of {', '.join(action.args['crews'])} to {stage.listed(action)}")
        stage.work.assign(crews, only)

    def hold_crews(self, action: Action) -> Steps:
        """Let crews take no new job."""
        stage = self._stage
        crews = stage.work.pick(stage.groups(action), action.args.get("count"), lambda crew: not crew.is_held)
        yield Told(f"{len(crews)} of {', '.join(action.args['crews'])}")
        stage.work.hold(crews, is_held=True)

    def release_crews(self, action: Action) -> Steps:
        """Let crews that were held take jobs again."""
        stage = self._stage
        crews = stage.work.pick(stage.groups(action), None, lambda crew: crew.is_held)
        yield Told(f"{len(crews)} of {', '.join(action.args['crews'])}")
        stage.work.hold(crews, is_held=False)

    def set_shift(self, action: Action) -> Steps:
        """Give groups another shift pattern."""
        stage, args = self._stage, action.args
        clock = args.get("shift_start")
        groups = stage.groups(action)
        if not groups:
            raise Refused("there is no crew that it could concern")
        start = f"from {clock} " if clock else ""
        yield Told(f"{', '.join(args['crews'])}: {start}for {args['shift_min'] / MIN_PER_H:g} h")
        for group in groups:
            shift_at = None if clock is None else shift_start_at(clock, stage.settings)
            stage.roster.set_shift(group, shift_at, args["shift_min"])

    def ask_for_aid(self, action: Action) -> Steps:
        """Ask for the crews of an aid agreement."""
        agreement = self._stage.roster.may_ask(action.args["aid"])
        yield Told(f"{agreement.name}: {agreement.count} crews", place=agreement.place)
        self._stage.roster.ask(agreement)

    def stop_work(self, action: Action) -> Steps:
        """Stop work in areas."""
        stage, stopped = self._stage, self._stage.work.orders.is_stopped
        areas = [area for area in stage.areas(action) if not stopped[area]]
        if not areas:
            raise Refused("work is stopped there already")
        yield Told(stage.listed(action))
        stage.work.stop(areas)
        stage.after(action.args.get("for_min"), lambda: stage.work.resume(areas))

    def resume_work(self, action: Action) -> Steps:
        """Let work that was stopped go on."""
        stage, stopped = self._stage, self._stage.work.orders.is_stopped
        areas = [area for area in stage.areas(action) if stopped[area]]
        if not areas:
            raise Refused("work is not stopped there")
        yield Told(stage.listed(action))
        stage.work.resume(areas)

    def assign_generator(self, action: Action) -> Steps:
        """Send mobile generators to critical customers before others, or bring one over from another customer."""
        stage, names = self._stage, self._stage.network.critical_name
        backups, hands = stage.control.backups, stage.control.book.hands
        places = [backups.place.index(i) for i in action.args["critical"]]
        if "generator" not in hands:
            raise Refused("this plan has no mobile generators")
        needy = [i for i in places if backups.ends_at[i] < np.inf and not backups.is_covered[i]]
        if not needy:
            raise Refused("nobody there is believed to be out and without a mobile generator")
        giver = None
        if "from_critical" in action.args:
            giver = stage.work.generators.at(backups.place.index(action.args["from_critical"]))
            if giver is None:
                raise Refused(f"no mobile generator stands at {names[action.args['from_critical']]}")
        yield Told(", ".join(names[backups.place[i]] for i in needy), place=backups.place[needy[0]])
        stage.work.send_generators(needy)
        if giver is not None:
            stage.work.generators.take(giver)
            stage.work.match()

    def switch_tie(self, action: Action) -> Steps:
        """Close a tie so that what is dark behind it is fed, or open one and leave it open."""
        stage, tie, to = self._stage, action.args["tie"], action.args["to"]
        desk = stage.work.switching
        if desk is None:
            raise Refused("this plan operates no devices; switching.enabled is false")
        reason = desk.may_close(tie) if to == "closed" else desk.may_open(tie)
        if reason:
            raise Refused(reason)
        yield Told(f"{stage.network.tie_name[tie]} {to}", section=int(stage.network.tie[tie, 0]))
        (desk.close_tie if to == "closed" else desk.open_tie)(tie)
        stage.work.match()

    def open_seats(self, action: Action) -> Steps:
        """Call in hotline agents; without `for_h` they stay as long as the plan's own surge does."""
        stage, desk, n = self._stage, self._stage.settings.hotline, action.args["agents"]
        lead = action.args.get("lead_min", desk.surge_lead_h * MIN_PER_H)
        stay = action.args.get("for_min", desk.surge_for_h * MIN_PER_H)
        now = stage.env.now
        yield Told(f"{n} agents, from minute {now + lead:g} for {stay / MIN_PER_H:g} h")
        stage.line.call_in(n, now, now + lead, now + lead + stay)
        stage.journal.later(now + lead, "agents_seated", value=n)
        stage.journal.later(now + lead + stay, "agents_seated", value=-n)

    def publish_etr(self, action: Action) -> Steps:
        """Tell areas when power will be back."""
        stage, promised = self._stage, action.args.get("restored_by")
        out = stage.promises.believed_out()
        areas = stage.areas_out(action, out)
        if promised is not None and promised <= stage.env.now:
            raise Refused("the time to be promised has passed")
        yield Told(f"{stage.listed(action)}: {'assessing' if promised is None else f'minute {promised:g}'}")
        for area in areas:
            stage.promises.publish(
                area, stage.env.now, ASSESSING if promised is None else promised, int(out[area]),
                AREA if promised is None or action.args.get("areas") else GLOBAL,
            )  # fmt: skip

    def send_notice(self, action: Action) -> Steps:
        """Send a message to the customers of areas believed out."""
        stage = self._stage
        reach = action.args.get("reach_fraction", stage.settings.notices.reach_fraction)
        out = stage.promises.believed_out()
        if not reach:
            raise Refused("this plan sends no notices, and the decision does not say how many customers they reach")
        if stage.env.now < stage.promises.silent_until:
            raise Refused("notices cannot be sent now")
        areas = stage.areas_out(action, out)
        yield Told(stage.listed(action))
        for area in areas:
            stage.promises.notify(area, stage.env.now, reach, int(out[area]))
