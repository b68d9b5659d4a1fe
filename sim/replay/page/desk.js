// The desk: what the page shows, and what buttons, keys and the bar do.
const el = (id) => document.getElementById(id);
const HOUR = 60, DAY = 1440;

class Days {
  constructor(data) {
    this.startMs = data.start_ms; this.words = data.words;
    this.format = new Intl.DateTimeFormat("en-GB", { timeZone: data.timezone, year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.midnights = data.midnights;
  }

  parts(t) {
    const out = {};
    for (const part of this.format.formatToParts(new Date(this.startMs + Math.floor(t + 1e-6) * 60000))) out[part.type] = +part.value;
    return out;
  }

  minuteOfDay(t) { const p = this.parts(t); return p.hour * HOUR + p.minute; }
  date(t) { const p = this.parts(t); return fill(this.words.day, { day: p.day, month: this.words[`month_${p.month}`] }); }
  clock(t) { const p = this.parts(t); return `${String(p.hour).padStart(2, "0")}:${String(p.minute).padStart(2, "0")}`; }
  full(t) { return fill(this.words.time_of_day, { date: this.date(t), clock: this.clock(t) }); }

  // The minute that a text means: 14:30 is the next such time, +6h from now, T+30h and landfall+12h from there.
  read(text, now, landfall) {
    let found = /^\s*(\d{1,2}):(\d{2})\s*$/.exec(text);
    if (found && +found[1] < 24 && +found[2] < 60) {
      const ahead = (+found[1] * HOUR + +found[2] - this.minuteOfDay(now) + DAY) % DAY;
      return Math.floor(now + 1e-6) + (ahead || DAY);
    }
    found = /^\s*(T|landfall)?\s*([+-]?)\s*(\d+(?:\.\d+)?)?\s*h?\s*$/i.exec(text);
    if (!found || (!found[1] && !found[3])) return NaN;
    const from = found[1] ? (/^t$/i.test(found[1]) ? 0 : landfall) : found[2] ? now : 0;
    return from + (found[2] === "-" ? -1 : 1) * (+found[3] || 0) * HOUR;
  }
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

class Desk {
  constructor(data) {
    this.data = data; this.words = data.words;
    this.playback = new Playback(data); this.days = new Days(data);
    this.withTruth = !data.players;
    this.tape = new Tape(data.horizon, data.at, data.speed);
    this.readFeed(data.feed);
    this.map = new MapView(el("map"), data, this.playback.crews);
    this.bar = new TimeBar(el("bar"), data.horizon, data.marks, this.days);
    this.makeCurves();
    this.dirty = true;
    this.listen();
    this.rebuild();
    new ResizeObserver(() => this.rebuild()).observe(document.body);
    const frame = () => { this.frame(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  // -- the feed --------------------------------------------------------------------------------------------------

  readFeed(told) {
    this.feed = { kinds: told.kinds, at: instants(told.at), kind: unpack(told.kind), zone: unpack(told.zone), crew: unpack(told.crew), n: unpack(told.n), value: unpack(told.value), text: told.text };
    const { at, kind, kinds } = this.feed, shown = (truth) => [...at.keys()].filter((i) => truth || kinds[kind[i]].layer !== "truth");
    this.told = { true: shown(true), false: shown(false) };
    this.toldAt = Object.fromEntries(Object.entries(this.told).map(([key, rows]) => [key, Float64Array.from(rows, (i) => at[i])]));
  }

  line(i) {
    const { kinds, kind, zone, crew, n, value, text } = this.feed, name = kinds[kind[i]].name, map = this.data.map, z = zone[i];
    const known = zone[i] >= 0 && zone[i] < this.playback.feeder.length;
    const place = known ? `${map.feeders[this.playback.feeder[z]]} (${map.areas[this.playback.area[z]]})` : "";
    const when = value[i] >= 0 ? this.days.full(value[i]) : "";
    const work = name === "fault_occurred" ? this.words[`event_work_${["wire", "pole", "transformer"][value[i]]}`] : "";
    const said = name === "etr_published" && !(value[i] >= 0) ? "etr_assessing" : name;
    return fill(this.words[`event_${said}`], { place, when, work, crew: crew[i] + 1, n: this.number(n[i]), hours: (value[i] / HOUR).toFixed(1), what: text[i] ?? "" });
  }

  number(value) { return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−"); }

  // -- curves ----------------------------------------------------------------------------------------------------

  makeCurves() {
    const p = this.playback, crews = p.crews, out = p.trulyOut || p.believedOut;
    const peak = out.sum.reduce((m, v) => Math.max(m, v), 0), { horizon, landfall } = this.data;
    let last = 0;
    for (let i = 0; i < out.at.length; i++) if (out.sum[i + 1] > peak * 0.01) last = out.at[i];
    const before = this.days.midnights.filter((t) => t <= Math.max(0, landfall - 12 * HOUR)), from = before.length ? before[before.length - 1] : 0;
    const to = Math.min(horizon, Math.max(last + DAY, landfall + DAY, from + DAY));
    const known = { at: (t) => p.believedOut.seek(t), colour: "#00507F" }, site = crews.number("working"), road = crews.number("travelling");
    this.curveSets = [
      ["curve-out", () => this.withTruth && p.trulyOut ? [{ at: (t) => p.trulyOut.seek(t), colour: INK }, { ...known, dash: [4, 3] }] : [known]],
      ["curve-calls", () => [{ at: (t) => p.halfHour("calls", t), colour: "#7FB3D3" }, { at: (t) => p.halfHour("lost", t), colour: "#D55E00", dash: [3, 2] }]],
      ["curve-complaints", () => [{ at: (t) => p.halfHour("complaints", t), colour: "#A83A16" }]],
      ["curve-crews", () => [{ at: (t) => site.seek(t), colour: "#12344D" }, { at: (t) => road.seek(t), colour: "#56B4E9", dash: [3, 2] }]],
    ].map(([id, make]) => ({ make, curve: new Curve(el(id), make(), from, to, this.days) }));
  }

  rebuild() {
    for (const { make, curve } of this.curveSets) { curve.series = make(); curve.resize(); }
    this.map.resize(); this.bar.resize();
    this.dirty = true;
  }

  // -- what is shown -----------------------------------------------------------------------------------------------

  frame() {
    const before = this.tape.at, was = this.tape.playing;
    this.tape.tick();
    if (this.tape.at !== before || this.tape.playing !== was) this.dirty = true;
    if (this.dirty) this.draw();
    this.realClock();
  }

  draw() {
    this.dirty = false;
    const t = this.tape.at, p = this.playback;
    p.seek(t, this.withTruth);
    this.map.draw(p.rank);
    for (const { curve } of this.curveSets) curve.draw(t, this.withTruth);
    this.bar.draw(this.tape, this.withTruth);
    this.numbers(t); this.clocks(t); this.showFeed(t); this.showAreas(t);
  }

  put(id, text) { const node = el(id); if (node && node.textContent !== text) node.textContent = text; }

  clocks(t) {
    const { tape, words } = this, after = (t - this.data.landfall) / HOUR;
    this.put("date", this.days.date(t)); this.put("clock", this.days.clock(t));
    this.put("landfall", fill(after >= 0 ? words.after_landfall : words.before_landfall, { hours: Math.abs(after).toFixed(1) }));
    document.body.classList.toggle("playing", tape.playing);
    document.body.classList.toggle("past", tape.past);
    if (tape.talkAt === null) this.put("state", tape.playing ? words.playing : words.paused);
    document.body.classList.toggle("talking", tape.talkAt !== null);
    el("hold").setAttribute("aria-pressed", tape.holds);
    this.put("speed", fill(words.speed, { n: tape.speed }));
    this.put("past", tape.past ? fill(words.past, { when: this.days.full(tape.reached) }) : "");
    el("play").setAttribute("aria-label", tape.playing ? words.page_pause : words.page_play);
    el("play").title = tape.playing ? words.page_pause : words.page_play;
    el("bar").setAttribute("aria-valuenow", Math.round(t));
    el("bar").setAttribute("aria-valuetext", this.days.full(t));
  }

  realClock() {
    const tape = this.tape, span = (ms) => { const s = Math.floor(ms / 1000); return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`; };
    this.put("real", fill(this.words.real_clock, { real: span(this.tape.realMs), paused: span(this.tape.pausedMs), n: this.tape.pauses }));
    if (tape.talkAt === null) return;
    this.put("state", fill(tape.holds ? this.words.talk_held : this.words.talk_running, { span: span(tape.talkedMs) }));
    const minute = Math.floor(tape.talkAt + 1e-6), when = `--at ${Math.floor(minute / 60)}h${String(minute % 60).padStart(2, "0")} --discussed ${(tape.talkedMs / 60000).toFixed(1)}`;
    this.put("decide", fill(this.words.decide, { command: `${this.data.branch_command} ${when}${tape.holds ? "" : " --running"} --do '...'` }));
  }

  numbers(t) {
    const p = this.playback, truth = this.withTruth && p.trulyOut, crews = p.crews, count = (state) => crews.count[crews.states.indexOf(state)];
    const out = truth ? p.trulyOut.seek(t) : p.believedOut.seek(t);
    this.put("out", this.number(out));
    this.put("out-name", truth ? this.words.series_out_true : this.words.series_out_believed);
    const rows = {
      known: truth ? p.believedOut.seek(t) : null, faults: truth ? p.faults.seek(t) : null, outages: p.outages.seek(t), waiting: p.waiting.seek(t),
      site: count("working"), road: count("travelling"), held: count("stood_down") + count("night"), queue: p.counted("queue", t), calls: p.halfHour("calls", t),
      lost: p.halfHour("lost", t), complaints: p.halfHour("complaints", t),
    };
    for (const [id, value] of Object.entries(rows)) { if (value !== null) this.put(`n-${id}`, this.number(value)); }
    for (const name of ["calls", "complaints"]) this.put(`all-${name}`, fill(this.words.page_so_far, { n: this.number(p.counted(name, t)) }));
  }

  showFeed(t) {
    const key = String(!!(this.withTruth && !this.data.players)), rows = this.told[key], last = countUpTo(this.toldAt[key], t);
    if (this.feedShown === `${key}${last}`) return;
    this.feedShown = `${key}${last}`;
    const parts = [];
    for (let k = last - 1; k >= Math.max(0, last - 24); k--) {
      const i = rows[k], kind = this.feed.kinds[this.feed.kind[i]].name;
      parts.push(`<li class="${kind}"><time>${this.days.full(this.feed.at[i])}</time><span>${escape(this.line(i))}</span></li>`);
    }
    el("feed").innerHTML = parts.join("");
  }

  showAreas(t) {
    const p = this.playback, truth = this.withTruth && p.dark, out = truth ? p.outTrue : p.outKnown;
    const order = [...out.keys()].filter((a) => out[a] > 0 || p.outKnown[a] > 0).sort((a, b) => out[b] - out[a]).slice(0, 20);
    const rows = order.map((a) => {
      const promised = p.outKnown[a] > 0 ? p.promised[a] : NaN;
      const said = Number.isNaN(promised) ? "" : promised < 0 ? this.words.assessing : this.days.full(promised);
      const late = promised >= 0 && promised < t ? " class=late" : "";
      const share = Math.round(100 * out[a] / Math.max(p.served[a], 1));
      return `<tr><th scope=row>${escape(this.data.map.areas[a])}</th><td>${this.number(out[a])}</td>${truth ? `<td class=soft>${this.number(p.outKnown[a])}</td>` : ""}<td><i style="--share:${share}%"></i></td><td${late}>${said}</td></tr>`;
    }).join("");
    if (rows === this.areasShown) return;
    this.areasShown = rows;
    el("areas-body").innerHTML = rows;
    el("areas-known").hidden = !truth;
  }

  // -- what is done ------------------------------------------------------------------------------------------------

  marksOf(kind) { return this.data.marks.filter((mark) => mark.kind === kind).map((mark) => mark.at); }

  eventsAt() { return this.toldAt[String(!!(this.withTruth && !this.data.players))]; }

  setTruth(on) {
    if (this.data.players) return;
    this.withTruth = on;
    document.body.classList.toggle("truth", on);
    this.put("audience", on ? this.words.for_controller : this.words.for_players);
    this.put("switch", on ? this.words.page_show_players : this.words.page_show_controller);
    this.rebuild();
  }

  go(play) {
    const at = this.days.read(el("goto").value, this.tape.at, this.data.landfall), wrong = !(at >= 0 && at <= this.data.horizon);
    el("goto").setAttribute("aria-invalid", wrong);
    if (wrong) return;
    if (play) this.tape.play(at); else this.tape.seek(at);
    el("goto").blur();
  }

  does() {
    const tape = this.tape, seek = (t) => tape.seek(t), step = (kind, way) => tape.step(this.marksOf(kind), way);
    return {
      play: () => tape.toggle(), back: () => seek(tape.at - 10), on: () => seek(tape.at + 10),
      farback: () => seek(tape.at - 6 * HOUR), faron: () => seek(tape.at + 6 * HOUR),
      previous: () => tape.step(this.eventsAt(), -1), next: () => tape.step(this.eventsAt(), 1),
      decision: () => step("decision", 1), undecision: () => step("decision", -1), inject: () => this.withTruth && step("inject", 1), uninject: () => this.withTruth && step("inject", -1),
      faster: () => tape.faster(1), slower: () => tape.faster(-1), start: () => seek(0), end: () => seek(tape.horizon), present: () => seek(tape.reached),
      goto: () => { this.playThere = false; el("goto").focus(); el("goto").select(); }, playto: () => { this.playThere = true; el("goto").focus(); el("goto").select(); },
      go: () => this.go(false), gone: () => this.go(true), talk: () => tape.talk(), hold: () => tape.hold(), switch: () => this.setTruth(!this.withTruth), help: () => { el("help").hidden = !el("help").hidden; },
      full: () => { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.(); },
    };
  }

  listen() {
    const does = this.does(), run = (name) => { if (does[name]) { does[name](); this.dirty = true; } };
    for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", () => { run(button.dataset.do); button.blur(); });
    const keys = { " ": "play", ArrowLeft: "back", ArrowRight: "on", PageUp: "farback", PageDown: "faron", ",": "previous", ".": "next", d: "decision", D: "undecision", i: "inject", I: "uninject", "+": "faster", "=": "faster", "-": "slower", Home: "start", End: "end", r: "present", g: "goto", p: "playto", t: "switch", b: "talk", o: "hold", "?": "help", f: "full" };
    document.addEventListener("keydown", (event) => {
      if (event.target === el("goto")) {
        if (event.key === "Enter") this.go(event.shiftKey || this.playThere); else if (event.key === "Escape") el("goto").blur();
        this.dirty = true;
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") { el("help").hidden = true; return; }
      if (keys[event.key]) { event.preventDefault(); run(keys[event.key]); }
    });
    this.listenToBar(); this.listenToMap();
    // out of sight no frame is drawn: the tape waits, so that nothing happens unseen
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.tape.playing) this.tape.toggle(); this.dirty = true; });
  }

  listenToBar() {
    const canvas = el("bar"), tip = el("tip");
    let held = false;
    const at = (event) => event.clientX - canvas.getBoundingClientRect().left;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.shiftKey) { this.tape.play(this.bar.t(at(event))); this.dirty = true; return; }
      held = true; canvas.setPointerCapture(event.pointerId);
      this.tape.seek(this.bar.t(at(event))); this.dirty = true;
    });
    canvas.addEventListener("pointermove", (event) => {
      const x = at(event);
      if (held) { this.tape.seek(this.bar.t(x)); this.dirty = true; }
      const near = this.bar.near(x).filter((mark) => this.withTruth || mark.kind !== "inject");
      const told = near.map((mark) => `${this.days.full(mark.at)} · ${this.words[`mark_${mark.kind}`]}${mark.event < 0 ? "" : `: ${this.line(mark.event)}`}`);
      tip.textContent = told.length ? told.join("\n") : this.days.full(this.bar.t(x));
      tip.hidden = false;
      tip.style.left = `${Math.min(Math.max(x, 8), canvas.clientWidth - Math.min(tip.offsetWidth, canvas.clientWidth) - 8)}px`;
    });
    canvas.addEventListener("pointerup", () => { held = false; });
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  }

  listenToMap() {
    const canvas = el("map"), at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    const fingers = new Map();
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.map.zoomBy(Math.exp(-event.deltaY * 0.0016), ...at(event)); this.dirty = true; }, { passive: false });
    canvas.addEventListener("dblclick", (event) => { this.map.zoomBy(event.shiftKey ? 0.5 : 2, ...at(event)); this.dirty = true; });
    canvas.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, at(event)); canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) { this.hint(...at(event)); return; }
      const [x, y] = at(event), [px, py] = fingers.get(event.pointerId), others = [...fingers].filter(([id]) => id !== event.pointerId);
      if (others.length) {
        const [ox, oy] = others[0][1];
        this.map.zoomBy(Math.hypot(x - ox, y - oy) / Math.max(Math.hypot(px - ox, py - oy), 1), (x + ox) / 2, (y + oy) / 2);
      } else if (this.map.zoom > 1) this.map.moveBy(x - px, y - py);
      fingers.set(event.pointerId, [x, y]); this.dirty = true;
    });
    canvas.addEventListener("pointerleave", () => { el("hint").hidden = true; });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }

  // Say beside the pointer what the zone there is and how it stands.
  hint(x, y) {
    const zone = this.map.zoneAt(x, y), hint = el("hint"), p = this.playback;
    hint.hidden = zone < 0;
    if (zone < 0) return;
    const state = this.words[`stage_${RANKS[p.rank[zone]]}`], map = this.data.map;
    hint.textContent = `${map.feeders[p.feeder[zone]]} (${map.areas[p.area[zone]]})\n${fill(this.words.page_zone, { n: this.number(p.customers[zone]), state })}`;
    hint.style.left = `${Math.min(x + 14, this.map.width - hint.offsetWidth - 8)}px`;
    hint.style.top = `${Math.min(y + 14, this.map.height - hint.offsetHeight - 8)}px`;
  }

  // A promise kept when the next frame has been drawn and painted.
  painted() {
    return new Promise((resolve) => requestAnimationFrame(() => {
      if (this.dirty) this.draw();
      const channel = new MessageChannel();
      channel.port1.onmessage = resolve; channel.port2.postMessage(0);
    }));
  }

  // Seek to n spread minutes, one after the other, and return how long each took from the call to the painted frame, ms.
  async measure(n) {
    const taken = [];
    this.tape.pause();
    for (let k = 0; k < n; k++) {
      this.sought = (this.sought ?? 0) + 1;
      const began = performance.now();
      this.tape.seek(this.data.horizon * ((this.sought * 0.6180339887) % 1)); this.dirty = true;
      await this.painted();
      taken.push(performance.now() - began);
    }
    return taken;
  }
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const FONT = getComputedStyle(document.body).fontFamily;
const told = JSON.parse(el("data").textContent);
el("data").remove();
window.desk = new Desk(told);
