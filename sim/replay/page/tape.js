// The tape: where it is, whether it runs, and two clocks. It knows nothing of what is played.
const SPEEDS = [1, 2, 4, 8, 16, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400];

class Tape {
  constructor(horizon, at, speed) {
    Object.assign(this, { horizon, at, speed, reached: at, playing: false, stopAt: Infinity, pauses: 0, pausedMs: 0, talkAt: null, talkedMs: 0, holds: true });
    this.began = this.last = performance.now();
  }

  tick() {
    const now = performance.now(), ms = now - this.last;
    this.last = now;
    if (this.talkAt !== null) {
      this.talkedMs += ms;
      if (!this.holds) { this.show(Math.min(this.at + ms / 60000, this.horizon)); return; }
    }
    if (!this.playing) { this.pausedMs += ms; return; }
    const end = Math.min(this.stopAt, this.horizon);
    this.show(Math.min(this.at + ms / 60000 * this.speed, end));
    if (this.at >= end) this.pause();
  }

  play(to = Infinity) { this.tick(); this.talkAt = null; if (this.at < this.horizon && to > this.at) { this.playing = true; this.stopAt = to; } }

  pause() { if (this.playing) this.pauses++; this.playing = false; this.stopAt = Infinity; }

  toggle() { if (this.playing) { this.tick(); this.pause(); } else this.play(); }

  // Stop for a talk before a decision, which is timed; end the one under way.
  talk() { this.tick(); this.pause(); if (this.talkAt === null) { this.talkAt = this.at; this.talkedMs = 0; } else this.talkAt = null; }

  // Hold the storm while a team talks, or let it go on meanwhile, second by second.
  hold() { this.tick(); this.holds = !this.holds; }

  seek(t) { this.tick(); this.stopAt = Infinity; this.show(Math.min(Math.max(t, 0), this.horizon)); }

  // Pause, and go to the next (1) or the previous (-1) of some ascending instants; without one stay.
  step(instants, direction) {
    this.tick(); this.pause();
    const i = direction > 0 ? countUpTo(instants, this.at + 1e-6) : countUpTo(instants, this.at - 1e-6) - 1;
    if (i >= 0 && i < instants.length) this.show(instants[i]);
  }

  faster(direction) {
    this.tick();
    const rest = SPEEDS.filter((s) => direction > 0 ? s > this.speed : s < this.speed);
    if (rest.length) this.speed = direction > 0 ? rest[0] : rest[rest.length - 1];
  }

  get past() { return this.at < this.reached - 1e-6; }
  get realMs() { return this.last - this.began; }
  show(t) { this.at = t; this.reached = Math.max(this.reached, t); }
}
