// The drill at any minute. `truth` is absent from a players' page, and can be hidden in a controller's.
const RANKS = ["supplied", "falsely_out", "crew_on_site", "patrolled", "reported", "unknown"];

class Playback {
  constructor(data) {
    const map = data.map, hotline = data.hotline;
    this.horizon = data.horizon;
    this.feeder = unpack(map.feeder); this.area = unpack(map.area); this.customers = unpack(map.customers);
    this.pairs = [unpack(map.pair_zone), unpack(map.pair_area), unpack(map.pair_customers)];
    this.served = unpack(map.served);
    this.stage = Timeline.of(data.stage);
    this.dark = data.dark ? Timeline.of(data.dark) : null;
    this.promise = Timeline.of(data.promise, NaN);
    this.rankOfStage = new Uint8Array(8);
    for (const [name, code] of Object.entries(data.stages)) this.rankOfStage[code] = RANKS.indexOf(name);
    this.believedOut = this.stage.total(this.customers, (stage) => stage > 0);
    this.trulyOut = this.dark && this.dark.total(this.customers, (dark) => dark > 0);
    this.outages = Counter.of(data.outages);
    this.waiting = Counter.of(data.waiting);
    this.faults = data.faults ? Counter.of(data.faults) : null;
    this.hotline = Object.fromEntries(Object.entries(hotline).map(([name, changes]) => [name, running(changes)]));
    this.crews = new Crews(data.crews);
    const n = map.areas.length;
    this.rank = new Uint8Array(this.stage.n);
    this.outKnown = new Float64Array(n); this.outTrue = new Float64Array(n);
  }

  // What the hotline has counted up to a minute: `calls`, `lost`, `complaints` since the start; in the `queue` now.
  counted(name, t) { const at = this.hotline[name]; return t < 0 ? 0 : at[Math.min(Math.floor(t + 1e-9), at.length - 1)]; }

  // Calls or complaints in the half hour up to a minute.
  halfHour(name, t) { return this.counted(name, t) - this.counted(name, t - 30); }

  seek(t, withTruth) {
    const stage = this.stage.seek(t), dark = withTruth && this.dark ? this.dark.seek(t) : null;
    const [zone, area, customers] = this.pairs;
    for (let z = 0; z < stage.length; z++) {
      let rank = this.rankOfStage[stage[z]];
      if (dark) { if (dark[z] && !stage[z]) rank = 5; else if (!dark[z] && stage[z]) rank = 1; }
      this.rank[z] = rank;
    }
    this.outKnown.fill(0); this.outTrue.fill(0);
    for (let i = 0; i < zone.length; i++) {
      if (stage[zone[i]]) this.outKnown[area[i]] += customers[i];
      if (dark && dark[zone[i]]) this.outTrue[area[i]] += customers[i];
    }
    this.promised = this.promise.seek(t);
    this.crews.seek(t);
  }
}

// Crews on straight legs between known places.
class Crews {
  constructor(told) {
    this.states = told.states;
    this.kinds = told.kinds; this.kind = unpack(told.kind);
    this.depot = told.depot.map(unpack);
    this.at = instants(told.at); this.who = unpack(told.crew); this.does = unpack(told.state);
    this.from = told.from.map(unpack); this.to = told.to.map(unpack);
    this.done = unpack(told.done); this.minutes = unpack(told.minutes);
    const n = this.kind.length, legs = Int32Array.from(this.at, (_, i) => i);
    this.leg = new Timeline(n, this.at, this.who, legs, -1);
    this.doing = new Timeline(n, this.at, this.who, this.does, 0);
    this.state = new Uint8Array(n); this.x = new Float32Array(n); this.y = new Float32Array(n);
    this.count = new Uint32Array(this.states.length);
  }

  number(state) { return this.doing.total(null, (does) => does === this.states.indexOf(state)); }

  seek(t) {
    const leg = this.leg.seek(t);
    this.count.fill(0);
    for (let c = 0; c < leg.length; c++) {
      const i = leg[c];
      if (i < 0) { this.state[c] = 0; this.x[c] = this.depot[0][c]; this.y[c] = this.depot[1][c]; } else {
        const share = Math.min(Math.max((t - this.at[i] + this.done[i]) / this.minutes[i], 0), 1);
        this.state[c] = this.does[i];
        this.x[c] = this.from[0][i] + (this.to[0][i] - this.from[0][i]) * share;
        this.y[c] = this.from[1][i] + (this.to[1][i] - this.from[1][i]) * share;
      }
      this.count[this.state[c]]++;
    }
  }
}
