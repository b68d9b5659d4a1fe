// Curves with a time cursor, and the bar of time. What does not change is drawn once.
class Curve {
  // series: [{ at: minute -> value, colour, dash }]; from, to: the minutes shown.
  constructor(canvas, series, from, to, day) { Object.assign(this, { canvas, series, from, to, day }); }

  x(t) { return (t - this.from) / (this.to - this.from) * this.width; }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    Object.assign(this, { ratio, width, height });
    this.canvas.width = Math.round(width * ratio); this.canvas.height = Math.round(height * ratio);
    const n = Math.max(Math.round(width), 2), at = (i) => this.from + (i / (n - 1)) * (this.to - this.from);
    this.values = this.series.map((series) => Float64Array.from({ length: n }, (_, i) => series.at(at(i))));
    this.top = Math.max(1, ...this.values.map((v) => v.reduce((m, x) => Math.max(m, x), 0)));
    this.past = this.picture(1); this.future = this.picture(0.22);
  }

  picture(alpha) {
    const canvas = document.createElement("canvas"), c = canvas.getContext("2d");
    canvas.width = this.canvas.width; canvas.height = this.canvas.height;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.globalAlpha = alpha;
    const floor = this.height - 1, room = this.height - 5;
    for (const [k, values] of this.values.entries()) {
      const series = this.series[k];
      c.beginPath();
      for (let i = 0; i < values.length; i++) c[i ? "lineTo" : "moveTo"](i / (values.length - 1) * this.width, floor - values[i] / this.top * room);
      c.strokeStyle = series.colour; c.lineWidth = 1.8; c.lineJoin = "round"; c.setLineDash(series.dash || []); c.stroke(); c.setLineDash([]);
      if (!series.dash) { c.lineTo(this.width, floor); c.lineTo(0, floor); c.globalAlpha = alpha * 0.12; c.fillStyle = series.colour; c.fill(); c.globalAlpha = alpha; }
    }
    return canvas;
  }

  draw(t, showFuture) {
    const c = this.canvas.getContext("2d");
    if (!this.width) return;
    const cursor = Math.min(Math.max(this.x(t), 0), this.width), cut = Math.round(cursor * this.ratio);
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (showFuture) c.drawImage(this.future, 0, 0);
    if (cut > 0) { c.clearRect(0, 0, cut, this.canvas.height); c.drawImage(this.past, 0, 0, cut, this.canvas.height, 0, 0, cut, this.canvas.height); }
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.strokeStyle = "#D5D5D5"; c.lineWidth = 1; c.beginPath(); c.moveTo(0, this.height - 0.5); c.lineTo(this.width, this.height - 0.5); c.stroke();
    c.fillStyle = "#B9B9B9";
    for (const midnight of this.day.midnights) { const x = this.x(midnight); if (x > 0 && x < this.width) c.fillRect(x, this.height - 4, 1, 4); }
    if (t < this.from || t > this.to) return;
    c.strokeStyle = INK; c.lineWidth = 1; c.beginPath(); c.moveTo(cursor, 0); c.lineTo(cursor, this.height); c.stroke();
  }
}

const MARK_COLOURS = { landfall: "#1F1F1F", decision: "#00507F", inject: "#B2357A", answer: "#A04600" };

class TimeBar {
  constructor(canvas, horizon, marks, day) { Object.assign(this, { canvas, horizon, marks, day }); }

  get pad() { return 12; }
  x(t) { return this.pad + t / this.horizon * (this.width - 2 * this.pad); }
  t(x) { return Math.min(Math.max((x - this.pad) / (this.width - 2 * this.pad), 0), 1) * this.horizon; }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    Object.assign(this, { ratio, width, height });
    this.canvas.width = Math.round(width * ratio); this.canvas.height = Math.round(height * ratio);
  }

  draw(tape, withInjects) {
    if (!this.width) return;
    const c = this.canvas.getContext("2d"), y = 25, rounded = (from, to, colour, height = 6) => {
      c.fillStyle = colour; c.beginPath(); c.roundRect(from, y - height / 2, Math.max(to - from, 0), height, 3); c.fill();
    };
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    rounded(this.x(0), this.x(this.horizon), "#DFE3E6");
    if (tape.past) rounded(this.x(tape.at), this.x(tape.reached), "#E9B949");
    rounded(this.x(0), this.x(tape.at), "#00507F");
    if (Number.isFinite(tape.stopAt)) { c.fillStyle = "#2F8F6F"; c.fillRect(this.x(tape.stopAt) - 1, y - 9, 2, 18); }
    c.font = `12px ${FONT}`; c.textBaseline = "alphabetic"; c.textAlign = "center";
    let free = -1;
    for (const midnight of this.day.midnights) {
      const x = this.x(midnight), label = this.day.date(midnight), half = c.measureText(label).width / 2;
      c.fillStyle = "#B9B9B9"; c.fillRect(x, y + 5, 1, 5);
      if (x - half < Math.max(free, 0) || x + half > this.width) continue;
      c.fillStyle = MUTED; c.fillText(label, x, y + 23);
      free = x + half + 14;
    }
    for (const mark of this.marks) if (withInjects || mark.kind !== "inject") this.mark(c, mark, y);
    const x = this.x(tape.at);
    c.beginPath(); c.arc(x, y, 8.5, 0, 2 * Math.PI); c.fillStyle = "#FFFFFF"; c.fill();
    c.lineWidth = 3.5; c.strokeStyle = tape.past ? "#A67C00" : "#00507F"; c.stroke();
  }

  mark(c, mark, y) {
    const x = this.x(mark.at);
    c.fillStyle = MARK_COLOURS[mark.kind];
    c.beginPath();
    if (mark.kind === "landfall") { c.rect(x - 1, y - 18, 2, 26); } else if (mark.kind === "inject") {
      c.moveTo(x, y - 19); c.lineTo(x + 5, y - 13.5); c.lineTo(x, y - 8); c.lineTo(x - 5, y - 13.5); c.closePath();
    } else { c.moveTo(x - 5, y - 18); c.lineTo(x + 5, y - 18); c.lineTo(x, y - 8); c.closePath(); }
    c.fill();
  }

  // The marks near a place on the bar.
  near(x) { return this.marks.filter((mark) => Math.abs(this.x(mark.at) - x) < 7); }
}
