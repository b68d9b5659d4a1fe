"""The compiled reference, part two: damage, supply, control room and crews, event by event, in one compiled loop."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sim.damage import WORK_CLASSES, Drawn, repair_minutes
from sim.etr import PRIOR_WEIGHT
from sim.units import MIN_PER_H
from sim.world.crews import muster
from tests.benchmarks.compiled_calls import (
    heard_until,
    line_of,
    section_went_dark,
    serve_until,
)  # fmt: skip

ONSET, TICK, ARRIVAL, DEPARTURE = range(4)
PATROL, REPAIR = range(2)  # kinds of job, and of crew: a patrol, a line crew

# Places in `Field.n`.
(N_EVENTS, N_SEQ, N_JOBS, N_OPEN_P, N_OPEN_L, N_DEVICE, DEVICE_READ, N_BACK, BACK_READ, N_HEARD_NODES, N_DARK,
 N_DONE, N_TRIPS) = range(13)  # fmt: skip
# Places in `Field.p`.
(HORIZON, REVIEW, LATENCY, ENOUGH, SETUP, KMH, MOBILISE, PER_KM) = range(8)


class Field(NamedTuple):
    """Network, parameters, reality, knowledge, jobs and crews; tables have room to spare."""

    n: Any
    p: Any
    parent: Any
    end: Any
    zone: Any
    reports: Any
    customers: Any
    x: Any
    y: Any
    zone_km: Any
    behind: Any
    fault_at: Any
    fault_section: Any
    fault_work: Any
    fault_min: Any
    zone_first: Any  # faults of a zone are zone_fault[zone_first[h] : zone_first[h + 1]]
    zone_fault: Any
    is_open: Any
    is_known: Any
    blocks: Any
    holds: Any
    zone_faults: Any
    b_blocks: Any
    b_holds: Any
    explained_until: Any
    called: Any
    heard_first: Any
    heard_next: Any
    heard_at: Any
    heard_section: Any
    heard_caller: Any
    device_at: Any
    device_head: Any
    device_event: Any
    back_at: Any
    back_section: Any
    marks: Any
    suspects: Any
    has_outage: Any
    is_confirmed: Any
    is_ready: Any
    n_patrols: Any
    patrol: Any
    known_open: Any
    learn_sum: Any
    learn_n: Any
    job_kind: Any
    job_head: Any
    job_section: Any
    job_fault: Any
    job_expected: Any
    job_shared: Any
    job_row: Any  # place in its table of waiting jobs, -1 when it does not wait
    job_next: Any  # of the same zone
    zone_job: Any
    table: Any
    crew_kind: Any
    crew_x: Any
    crew_y: Any
    crew_job: Any
    crew_idle: Any
    ev_at: Any
    ev_seq: Any
    ev_what: Any
    ev_who: Any
    dark_section: Any
    dark_start: Any
    dark_end: Any
    dark_open: Any


def field_of(drawn: Drawn) -> Field:
    """Return the field of a scenario before anything has happened."""
    settings, net, faults = drawn.scenario, drawn.network, drawn.given
    assert faults is not None
    work, know, n, m = settings.work, settings.knowledge, net.n_sections, len(faults)
    crews = [crew for group in muster(settings, net, drawn.factors) for crew in group.crews]
    per_km = work.road_factor / work.travel_kmh * MIN_PER_H * drawn.factors.travel
    p = np.array([
        settings.horizon_min, know.review_min, know.breaker_latency_min, know.calls_to_infer, work.patrol_setup_min,
        work.patrol_kmh, work.mobilise_min, per_km,
    ])  # fmt: skip
    head = net.zone[faults.section]
    first = np.concatenate([[0], np.cumsum(np.bincount(head, minlength=n))])
    customers = np.concatenate([[0], np.cumsum(net.customers)])
    prior = np.array([work.wire_h, work.pole_h, work.transformer_h]) * MIN_PER_H * work.repair_time_factor
    room = 8 * m + 1000

    def ints(size: int, value: int = 0) -> Any:
        return np.full(size, value, np.int64)

    def flags(size: int) -> Any:
        return np.zeros(size, np.bool_)

    return Field(
        n=ints(16), p=p, parent=net.parent, end=net.end, zone=net.zone, reports=net.reports, customers=net.customers,
        x=net.x, y=net.y, zone_km=np.bincount(net.zone, net.length_km, minlength=n),
        behind=customers[net.end] - customers[:-1], fault_at=faults.at, fault_section=faults.section,
        fault_work=faults.work, fault_min=repair_minutes(faults, work, drawn.factors.repair), zone_first=first,
        zone_fault=np.argsort(head, kind="stable"), is_open=flags(m), is_known=flags(m), blocks=ints(n), holds=ints(n),
        zone_faults=ints(n), b_blocks=ints(n), b_holds=ints(n), explained_until=np.full(n, -np.inf), called=flags(n),
        heard_first=ints(n, -1), heard_next=ints(4_000_000), heard_at=np.empty(4_000_000),
        heard_section=ints(4_000_000), heard_caller=ints(4_000_000), device_at=np.empty(room), device_head=ints(room),
        device_event=np.empty(room), back_at=np.empty(20 * n), back_section=ints(20 * n), marks=ints(n),
        suspects=ints(2 * n), has_outage=flags(n), is_confirmed=flags(n), is_ready=flags(n), n_patrols=ints(n),
        patrol=ints(n, -1), known_open=ints(n), learn_sum=prior * PRIOR_WEIGHT,
        learn_n=np.full(len(WORK_CLASSES), PRIOR_WEIGHT), job_kind=ints(room), job_head=ints(room),
        job_section=ints(room), job_fault=ints(room), job_expected=np.empty(room), job_shared=ints(room),
        job_row=ints(room, -1), job_next=ints(room, -1), zone_job=ints(n, -1), table=np.zeros((2, room), np.int64),
        crew_kind=np.array([PATROL if crew.kind == "patrol" else REPAIR for crew in crews]),
        crew_x=np.array([crew.x for crew in crews]), crew_y=np.array([crew.y for crew in crews]),
        crew_job=ints(len(crews), -1), crew_idle=np.ones(len(crews), np.bool_), ev_at=np.empty(1000),
        ev_seq=ints(1000), ev_what=ints(1000), ev_who=ints(1000), dark_section=ints(40 * n),
        dark_start=np.empty(40 * n), dark_end=np.full(40 * n, settings.horizon_min), dark_open=ints(n, -1),
    )  # fmt: skip


@njit
def _schedule(f, now, at, what, who):
    """Put an event on the heap, its time reckoned as the kernel does: from now, plus the delay."""
    at, seq = now + (at - now), f.n[N_SEQ]
    i = f.n[N_EVENTS]
    f.n[N_SEQ] += 1
    f.n[N_EVENTS] += 1
    while i > 0:
        up = (i - 1) >> 1
        if f.ev_at[up] <= at:
            break
        f.ev_at[i], f.ev_seq[i], f.ev_what[i], f.ev_who[i] = f.ev_at[up], f.ev_seq[up], f.ev_what[up], f.ev_who[up]
        i = up
    f.ev_at[i], f.ev_seq[i], f.ev_what[i], f.ev_who[i] = at, seq, what, who


@njit
def _drop_event(f):
    n = f.n[N_EVENTS] - 1
    f.n[N_EVENTS] = n
    at, seq, what, who = f.ev_at[n], f.ev_seq[n], f.ev_what[n], f.ev_who[n]
    i = 0
    while True:
        c = 2 * i + 1
        if c >= n:
            break
        if c + 1 < n and (f.ev_at[c + 1], f.ev_seq[c + 1]) < (f.ev_at[c], f.ev_seq[c]):
            c += 1
        if (f.ev_at[c], f.ev_seq[c]) >= (at, seq):
            break
        f.ev_at[i], f.ev_seq[i], f.ev_what[i], f.ev_who[i] = f.ev_at[c], f.ev_seq[c], f.ev_what[c], f.ev_who[c]
        i = c
    f.ev_at[i], f.ev_seq[i], f.ev_what[i], f.ev_who[i] = at, seq, what, who


@njit
def _is_fed(f, head):
    return f.parent[head] < 0 or f.blocks[f.parent[head]] == 0


@njit
def _tripped(f, head, at):
    if f.reports[head]:
        i = f.n[N_DEVICE]
        f.n[N_DEVICE] += 1
        f.device_at[i], f.device_head[i], f.device_event[i] = at + f.p[LATENCY], head, at


@njit
def _occur(f, line, fault, at):
    section = f.fault_section[fault]
    head = f.zone[section]
    opens = _is_fed(f, head) and f.holds[head] == 0
    f.is_open[fault] = True
    f.zone_faults[head] += 1
    f.holds[head] += 1
    if f.holds[head] == 1:
        for s in range(head, f.end[head]):
            f.blocks[s] += 1
            if f.blocks[s] == 1:
                i = f.n[N_DARK]
                f.n[N_DARK] += 1
                f.dark_section[i], f.dark_start[i], f.dark_open[s] = s, at, i
                section_went_dark(line, s, at)
    if opens:
        _tripped(f, head, at)


@njit
def _mend(f, line, fault, at):
    head = f.zone[f.fault_section[fault]]
    f.is_open[fault] = False
    f.zone_faults[head] -= 1
    f.holds[head] -= 1
    if f.holds[head]:
        return
    any_alive = False
    for s in range(head, f.end[head]):
        f.blocks[s] -= 1
        if f.blocks[s] == 0:
            any_alive = True
            f.dark_end[f.dark_open[s]] = at
            line.end_at[line.current[s]] = at
    if any_alive:
        for s in range(head, f.end[head]):
            if f.holds[s] > 0 and f.blocks[s] == 1:
                _tripped(f, s, at)


# -- jobs ------------------------------------------------------------------------------------------------------


@njit
def _add_job(f, kind, head, section, fault):
    job = f.n[N_JOBS]
    f.n[N_JOBS] += 1
    f.job_kind[job], f.job_head[job], f.job_section[job], f.job_fault[job] = kind, head, section, fault
    if kind == PATROL:
        f.job_expected[job] = f.p[SETUP] + f.zone_km[head] / f.p[KMH] * MIN_PER_H
    else:
        f.job_expected[job] = f.learn_sum[f.fault_work[fault]] / f.learn_n[f.fault_work[fault]]
    f.job_shared[job] = max(1, f.known_open[head])
    f.job_next[job], f.zone_job[head] = f.zone_job[head], job
    f.job_row[job] = f.n[N_OPEN_P + kind]
    f.table[kind, f.job_row[job]] = job
    f.n[N_OPEN_P + kind] += 1
    return job


@njit
def _withdraw(f, job):
    kind = f.job_kind[job]
    f.n[N_OPEN_P + kind] -= 1
    last = f.table[kind, f.n[N_OPEN_P + kind]]
    f.table[kind, f.job_row[job]] = last
    f.job_row[last] = f.job_row[job]
    f.job_row[job] = -1


@njit
def _refresh(f, head):
    job = f.zone_job[head]
    while job >= 0:
        f.job_shared[job] = max(1, f.known_open[head])
        job = f.job_next[job]


@njit
def _order_patrol(f, head):
    f.patrol[head], f.is_ready[head] = _add_job(f, PATROL, head, head, -1), False


# -- the control room ------------------------------------------------------------------------------------------


@njit
def _forget(f, head):
    node = f.heard_first[head]
    while node >= 0:
        f.called[f.heard_section[node]] = True
        node = f.heard_next[node]
    f.heard_first[head] = -1


@njit
def _hear(f, line, at, row, n_suspects):
    """Take in calls; return how many suspects there are now."""
    for i in range(len(at)):
        person = line.person[row[i]]
        where, caller = person >> 32, person & 0xFFFFFFFF
        head = f.zone[where]
        if f.b_blocks[where] > 0:
            f.called[where] = True
            continue
        since = f.explained_until[where]
        if not at[i] > since:
            continue
        if f.marks[head] & 4:
            f.called[where] = True
            continue
        count, is_new, before = 0, True, -1
        node = f.heard_first[head]
        while node >= 0:
            following = f.heard_next[node]
            if f.heard_at[node] > since:
                count += 1
                before = node
                is_new = is_new and not (f.heard_section[node] == where and f.heard_caller[node] == caller)
            elif before < 0:
                f.heard_first[head] = following
            else:
                f.heard_next[before] = following
            node = following
        if is_new:
            node = f.n[N_HEARD_NODES]
            f.n[N_HEARD_NODES] += 1
            f.heard_at[node], f.heard_section[node], f.heard_caller[node] = at[i], where, caller
            f.heard_next[node], f.heard_first[head] = f.heard_first[head], node
            count += 1
        if count >= f.p[ENOUGH]:
            if f.marks[head] == 0:
                f.suspects[n_suspects] = head
                n_suspects += 1
            f.marks[head] |= 6
            _forget(f, head)
    return n_suspects


@njit
def _review(f, line, at, heard_at, heard_row):
    """Act upon reports and calls: marks are 1 for a device that told, 2 for a suspect, 4 for one decided by calls."""
    n = 0
    while f.n[DEVICE_READ] < f.n[N_DEVICE] and f.device_at[f.n[DEVICE_READ]] <= at:
        i = f.n[DEVICE_READ]
        f.n[DEVICE_READ] += 1
        head = f.device_head[i]
        if f.device_event[i] >= f.explained_until[head]:
            if f.marks[head] == 0:
                f.suspects[n] = head
                n += 1
            f.marks[head] |= 1
    while f.n[BACK_READ] < f.n[N_BACK] and f.back_at[f.n[BACK_READ]] <= at:
        i = f.n[BACK_READ]
        f.n[BACK_READ] += 1
        section = f.back_section[i]
        f.called[section] = True
        if not (f.b_blocks[section] > 0 or f.back_at[i] < f.explained_until[section]):
            head = f.zone[section]
            if f.marks[head] == 0:
                f.suspects[n] = head
                n += 1
            f.marks[head] |= 2
    n = _hear(f, line, heard_at, heard_row, n)
    for head in np.sort(f.suspects[:n]):
        if f.marks[head] & 1:
            if f.has_outage[head]:
                f.is_confirmed[head] = True
            else:
                _infer(f, head, True)
        elif f.b_blocks[head] == 0:
            _infer(f, head, False)
        f.marks[head] = 0


@njit
def _infer(f, head, is_confirmed):
    if f.behind[head] == 0 or f.has_outage[head]:
        return
    _open(f, head, is_confirmed)
    _order_patrol(f, head)


@njit
def _open(f, head, is_confirmed):
    f.has_outage[head], f.is_confirmed[head], f.is_ready[head] = True, is_confirmed, False
    f.n_patrols[head], f.patrol[head] = 0, -1
    for s in range(head, f.end[head]):
        f.b_blocks[s] += 1
    _forget(f, head)
    for child in range(head + 1, f.end[head]):
        if f.has_outage[child] and not f.is_confirmed[child]:
            job = f.patrol[child]
            if job >= 0 and f.job_row[job] >= 0:
                _withdraw(f, job)
                _end_record(f, child)


@njit
def _end_record(f, head):
    f.has_outage[head] = False
    for s in range(head, f.end[head]):
        f.b_blocks[s] -= 1


@njit
def _close_one(f, head, at):
    if f.patrol[head] >= 0 and f.job_row[f.patrol[head]] >= 0:
        _withdraw(f, f.patrol[head])
    _end_record(f, head)
    for s in range(head, f.end[head]):
        if f.blocks[s] > 0 and f.called[s]:
            i = f.n[N_BACK]
            f.n[N_BACK] += 1
            f.back_at[i], f.back_section[i] = at, s
    for s in range(head, f.end[head]):
        if f.b_blocks[s] == 0:
            f.explained_until[s], f.called[s] = at, False


@njit
def _try_to_close(f, head, at):
    """Tell a device to close; say whether it held."""
    f.is_ready[head] = True
    if not _is_fed(f, head):
        above = f.zone[f.parent[head]]
        if f.b_blocks[above] == 0:
            _infer(f, above, False)
        return False
    if f.zone_faults[head]:
        _order_patrol(f, head)
        return False
    return f.holds[head] == 0


@njit
def _settle(f, head, at):
    if not _try_to_close(f, head, at):
        return
    _close_one(f, head, at)
    stack_at, stack_end, depth = np.empty(1000, np.int64), np.empty(1000, np.int64), 1
    stack_at[0], stack_end[0] = head + 1, f.end[head]
    while depth:
        child = stack_at[depth - 1]
        if child >= stack_end[depth - 1]:
            depth -= 1
            continue
        stack_at[depth - 1] += 1
        if (
            f.has_outage[child] and f.is_ready[child] and f.b_blocks[child] == 1
            and _try_to_close(f, child, at)
        ):  # fmt: skip
            _close_one(f, child, at)
            stack_at[depth], stack_end[depth] = child + 1, f.end[child]
            depth += 1


@njit
def _patrolled(f, job, at):
    head, n_found = f.job_head[job], 0
    for i in range(f.zone_first[head], f.zone_first[head + 1]):
        fault = f.zone_fault[i]
        n_found += f.is_open[fault] and not f.is_known[fault]
    if not f.has_outage[head]:
        if n_found == 0:
            return
        _open(f, head, True)
    if f.patrol[head] == job:
        f.patrol[head] = -1
    f.n_patrols[head] += 1
    for i in range(f.zone_first[head], f.zone_first[head + 1]):
        fault = f.zone_fault[i]
        if f.is_open[fault] and not f.is_known[fault]:
            f.is_known[fault], f.is_ready[head] = True, False
            f.known_open[head] += 1
            _add_job(f, REPAIR, head, f.fault_section[fault], fault)
    if n_found:
        f.is_confirmed[head] = True
        if f.patrol[head] >= 0 and f.job_row[f.patrol[head]] >= 0:
            _withdraw(f, f.patrol[head])
            f.patrol[head] = -1
        _refresh(f, head)
    elif f.known_open[head] == 0 and f.patrol[head] < 0:
        _settle(f, head, at)


@njit
def _repaired(f, job, at):
    head, fault = f.job_head[job], f.job_fault[job]
    f.learn_sum[f.fault_work[fault]] += f.fault_min[fault]
    f.learn_n[f.fault_work[fault]] += 1.0
    f.known_open[head] -= 1
    if f.known_open[head]:
        _refresh(f, head)
    elif f.has_outage[head] and f.patrol[head] < 0:
        _settle(f, head, at)


# -- crews -----------------------------------------------------------------------------------------------------


@njit
def _match(f, at):
    for kind in range(2):
        if f.n[N_OPEN_P + kind] == 0:
            continue
        for crew in range(len(f.crew_kind)):
            if not f.crew_idle[crew] or f.crew_kind[crew] != kind:
                continue
            n_open = f.n[N_OPEN_P + kind]
            if n_open == 0:
                break
            best, best_score = -1, -np.inf
            for row in range(n_open):
                job = f.table[kind, row]
                section = f.job_section[job]
                dx, dy = f.x[section] - f.crew_x[crew], f.y[section] - f.crew_y[crew]
                travel = np.sqrt(dx * dx + dy * dy) * f.p[PER_KM] + f.p[MOBILISE]
                minutes = f.job_expected[job] + travel
                score = f.behind[f.job_head[job]] * MIN_PER_H / (f.job_shared[job] * max(minutes, 1e-9))
                if score > best_score or (score == best_score and job < best):
                    best, best_score = job, score
            _withdraw(f, best)
            section = f.job_section[best]
            km = np.hypot(f.x[section] - f.crew_x[crew], f.y[section] - f.crew_y[crew])
            f.crew_idle[crew], f.crew_job[crew] = False, best
            f.n[N_TRIPS] += 1
            _schedule(f, at, at + (km * f.p[PER_KM] + f.p[MOBILISE]), ARRIVAL, crew)


@njit
def _leave(f, line, crew, at):
    job = f.crew_job[crew]
    if f.job_kind[job] == PATROL:
        _patrolled(f, job, at)
    else:
        _mend(f, line, f.job_fault[job], at)
        _repaired(f, job, at)
    f.crew_idle[crew] = True
    _match(f, at)


@njit
def play(f, line):
    """Play until the horizon; the tables hold what happened."""
    n_ticks, next_fault = 1, 0
    if len(f.fault_at):
        _schedule(f, 0.0, f.fault_at[0], ONSET, 0)
    _schedule(f, 0.0, f.p[REVIEW], TICK, 0)
    while f.n[N_EVENTS] and f.ev_at[0] < f.p[HORIZON]:
        at, what, who = f.ev_at[0], f.ev_what[0], f.ev_who[0]
        _drop_event(f)
        f.n[N_DONE] += 1
        if what == ONSET:
            instant = f.fault_at[next_fault]
            while next_fault < len(f.fault_at) and f.fault_at[next_fault] == instant:
                _occur(f, line, next_fault, at)
                next_fault += 1
            if next_fault < len(f.fault_at):
                _schedule(f, at, f.fault_at[next_fault], ONSET, 0)
        elif what == TICK:
            serve_until(line, at)
            heard_at, heard_row = heard_until(line, at)
            _review(f, line, at, heard_at, heard_row)
            _match(f, at)
            n_ticks += 1
            _schedule(f, at, n_ticks * f.p[REVIEW], TICK, 0)
        elif what == ARRIVAL:
            job = f.crew_job[who]
            f.crew_x[who], f.crew_y[who] = f.x[f.job_section[job]], f.y[f.job_section[job]]
            minutes = f.job_expected[job] if f.job_kind[job] == PATROL else f.fault_min[f.job_fault[job]]
            _schedule(f, at, at + minutes, DEPARTURE, who)
        else:
            _leave(f, line, who, at)
    serve_until(line, f.p[HORIZON])


def prepare(drawn: Drawn, room: int = 1_500_000) -> tuple[Field, Any]:
    """Return field and hotline, ready to be played once."""
    return field_of(drawn), line_of(drawn, room)
