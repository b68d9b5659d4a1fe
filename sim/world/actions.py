"""The desk at which actions are carried out: at their minute, or at the review that fulfils their condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sim.dispatch import resolve
from sim.errors import InputError, nearest_name
from sim.scenario.actions import ACTIONS, NAMING
from sim.scenario.plans import Plan
from sim.scenario.timed import Action
from sim.world.decisions import Decisions
from sim.world.fieldwork import Call
from sim.world.injects import Injects
from sim.world.known import Known
from sim.world.orders import Refused
from sim.world.stage import Stage, Steps


class Desk:
    """Carries actions out. Those of one minute come in the order given, before all else of that minute.

    An action that is not possible at its moment is logged as refused, with the reason, and changes nothing.
    """

    def __init__(self, stage: Stage, plan: Plan, *, allow_code: bool) -> None:
        self._stage, self._plan, self._allow_code = stage, plan, allow_code
        self._known = Known(stage.network, stage.settings, stage.control, stage.promises, list(stage.roster.groups))
        self._waiting: list[Action] = []
        sides = {"decision": Decisions(stage), "inject": Injects(stage)}
        self._do: dict[str, Callable[[Action], Steps]] = {
            name: getattr(sides[kind.side], name) for name, kind in ACTIONS.items()
        }

    @property
    def counts_calls(self) -> bool:
        """Say whether a condition asks how many calls got through."""
        groups = [group for action in self._waiting if action.when is not None for group in action.when.alternatives]
        return any(each.quantity == "calls_last_review" for group in groups for each in group)

    def schedule(self, actions: Iterable[Action]) -> None:
        """Take actions in.

        Raises
        ------
        InputError for an action that there is not, or one that names what there is not.
        """
        for action in actions:
            if action.do not in self._do:
                raise self._unknown(action, "do", action.do, list(self._do))
            self._take_in(self._checked(action))

    def review(self, at: float, n_calls: int) -> None:
        """Carry out the actions whose condition holds at a review, in the order given; each is done once."""
        self._known.at, self._known.n_calls = at, n_calls
        for action in [action for action in self._waiting if action.at <= at]:
            assert action.when is not None
            if action.when.holds(self._known):
                self._waiting.remove(action)
                self._carry_out(action)

    def _take_in(self, action: Action) -> None:
        if action.when is not None:
            self._waiting.append(action)
            return
        call = Call(self._stage.env)
        call.callbacks.append(lambda _: self._carry_out(action))
        call.come_at(max(0.0, action.at), urgent=True)

    def _carry_out(self, action: Action) -> None:
        journal, at, by = self._stage.journal, self._stage.env.now, f"by {action.author}"
        is_decision = ACTIONS[action.do].side == "decision"
        steps = self._do[action.do](action)
        try:
            told = next(steps)
        except Refused as refusal:
            kind = "action_refused" if is_decision else "inject_refused"
            journal.add(at, kind, detail=f"{action.do} {by}: {refusal}")
            return
        kind = "action_taken" if is_decision else "inject_given"
        detail = f"{action.do} {told.what} {by}" + (f", as {action.when}" if action.when else "")
        journal.add(at, kind, section=told.section, place=told.place, detail=detail)
        next(steps, None)

    def _checked(self, action: Action) -> Action:
        """Find names now, so that a wrong one is told before anything is played."""
        args = dict(action.args)
        if "rule" in args:
            args["loaded"] = resolve(args["rule"], self._allow_code, self._plan.name, self._plan.settings)
        for key, value in action.args.items():
            if key in NAMING:
                args[key] = self._found(action, key, NAMING[key], value)
        return Action(action.at, action.do, args, action.author, action.when)

    def _found(self, action: Action, key: str, named: str, value: Any) -> Any:
        """Return names with those of the network as indices."""
        settings, indexed = self._stage.settings, self._stage.network.places
        means = {"crews": [*settings.crews, *settings.aid], "depot": [*settings.depots], "aid": [*settings.aid]}
        known = indexed[named] if named in indexed else means[named]
        names = [value] if isinstance(value, str) else list(value)
        for name in names:
            if name not in known:
                raise self._unknown(action, key, name, known)
        found = [known.index(name) for name in names] if named in indexed else names
        return found[0] if isinstance(value, str) else found

    def _where(self, action: Action) -> str:
        return f"plan '{self._plan.name}': action at minute {action.at:g}"

    def _unknown(self, action: Action, what: str, name: object, known: list[str]) -> InputError:
        allowed = f"one of {', '.join(known)}" if len(known) <= 12 else f"a known {what}"
        return InputError.one(self._where(action), what, f'"{name}"', allowed, nearest_name(str(name), known))


