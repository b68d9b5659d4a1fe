// The map on a canvas: sea, land, feeders by state, places, crews. What stays is drawn once and copied.
const INK = "#1F1F1F", MUTED = "#666666", SEA = "#E8F0F5", LAND = "#FAF9F5", COAST = "#7A8A94", WIRE = "#B4BEC5";
const RANK_COLOURS = [WIRE, "#7FB3D3", "#2F8F6F", "#D55E00", "#12344D", "#B2357A"];
const GRID = 65535;

class MapView {
  constructor(canvas, data, crews) {
    this.canvas = canvas; this.context = canvas.getContext("2d", { alpha: false });
    const map = data.map;
    this.first = running(map.zone_first, 1, true);
    this.ends = [...map.x0y0.map(unpack), ...map.x1y1.map(unpack)];
    this.screen = this.ends.map((along) => new Float32Array(along.length));
    this.coast = map.coast.map((ring) => ring.map(unpack));
    this.areas = map.areas; this.areaAt = map.area_at.map(unpack); this.served = unpack(map.served);
    this.depotAt = map.depot_at.map(unpack);
    this.kmPerStep = data.km / GRID; this.crews = crews;
    const [x0, y0, x1, y1] = this.ends, low = (...arrays) => Math.min(...arrays.map((a) => a.reduce((m, v) => Math.min(m, v), GRID)));
    const high = (...arrays) => Math.max(...arrays.map((a) => a.reduce((m, v) => Math.max(m, v), 0)));
    this.box = [low(x0, x1), low(y0, y1), high(x0, x1), high(y0, y1)];
    this.zoom = 1; this.shift = [0, 0];
    this.base = document.createElement("canvas");
  }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.ratio = ratio; this.width = width; this.height = height;
    for (const canvas of [this.canvas, this.base]) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    this.layOut();
  }

  zoomBy(factor, x, y) {
    const zoom = Math.min(Math.max(this.zoom * factor, 1), 40), by = zoom / this.zoom;
    this.shift = [x - (x - this.shift[0]) * by, y - (y - this.shift[1]) * by];
    this.zoom = zoom;
    if (zoom === 1) this.shift = [0, 0];
    this.layOut();
  }

  moveBy(dx, dy) { this.shift = [this.shift[0] + dx, this.shift[1] + dy]; this.layOut(); }

  layOut() {
    const [left, low, right, top] = this.box, pad = 26;
    const fit = Math.min((this.width - 2 * pad) / Math.max(right - left, 1), (this.height - 2 * pad) / Math.max(top - low, 1));
    this.scale = fit * this.zoom;
    this.x = (x) => (x - (left + right) / 2) * this.scale + this.zoom * this.width / 2 + this.shift[0];
    this.y = (y) => ((low + top) / 2 - y) * this.scale + this.zoom * this.height / 2 + this.shift[1];
    for (const [i, along] of this.ends.entries()) {
      const onto = this.screen[i], at = i % 2 ? this.y : this.x;
      for (let s = 0; s < along.length; s++) onto[s] = at(along[s]);
    }
    this.thick = Math.min(Math.max(this.width / 900, 0.7), 1.3) * (1 + 0.25 * Math.log2(this.zoom));
    this.placeNames();
    this.drawBase();
  }

  drawBase() {
    const c = this.base.getContext("2d", { alpha: false });
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.fillStyle = this.coast.length ? SEA : LAND;
    c.fillRect(0, 0, this.width, this.height);
    c.beginPath();
    for (const [x, y] of this.coast) {
      for (let i = 0; i < x.length; i++) c[i ? "lineTo" : "moveTo"](this.x(x[i] * GRID), this.y(y[i] * GRID));
      c.closePath();
    }
    c.fillStyle = LAND; c.fill("evenodd");
    c.strokeStyle = COAST; c.lineWidth = 0.8; c.stroke();
    c.beginPath();
    for (let s = 0; s < this.screen[0].length; s++) this.line(c, s);
    c.strokeStyle = WIRE; c.lineWidth = 0.8 * this.thick; c.stroke();
  }

  line(c, s) {
    const [x0, y0, x1, y1] = this.screen;
    c.moveTo(x0[s], y0[s]); c.lineTo(x1[s], y1[s]);
  }

  placeNames() {
    const size = this.width < 480 ? 10.5 : Math.min(Math.max(this.width / 75, 11.5), 16), taken = [];
    this.font = `600 ${size}px ${FONT}`;
    this.context.font = this.font;
    const order = [...this.served.keys()].sort((a, b) => this.served[b] - this.served[a]);
    const depots = [...this.depotAt[0].keys()].map((i) => [this.x(this.depotAt[0][i]), this.y(this.depotAt[1][i])]).map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
    const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
    this.names = [];
    for (const a of order) {
      const x = this.x(this.areaAt[0][a]), middle = this.y(this.areaAt[1][a]), half = this.context.measureText(this.areas[a]).width / 2 + 4;
      const boxAt = (y) => [x - half, y - size * 0.9, x + half, y + size * 0.9];
      const beside = [0, -1, 1, -2, 2].map((step) => middle + step * (size * 0.9 + 4)); // a depot stays in sight: the name makes room
      const y = beside.find((each) => !depots.some((depot) => meet(boxAt(each), depot))) ?? middle, box = boxAt(y);
      if (box[0] < 0 || box[1] < 0 || box[2] > this.width || box[3] > this.height - 24) continue;
      if (taken.some((each) => meet(box, each))) continue;
      taken.push(box); this.names.push([this.areas[a], x, y]);
      if (this.names.length >= (this.width < 480 ? 10 : 22)) break;
    }
  }

  draw(rank) {
    const c = this.context;
    if (!this.width) return;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.drawImage(this.base, 0, 0);
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.lineCap = "butt";
    for (let r = 1; r < RANK_COLOURS.length; r++) {
      let some = false;
      c.beginPath();
      for (let z = 0; z < rank.length; z++) {
        if (rank[z] !== r) continue;
        some = true;
        for (let s = this.first[z]; s < this.first[z + 1]; s++) this.line(c, s);
      }
      if (!some) continue;
      c.strokeStyle = RANK_COLOURS[r]; c.lineWidth = (r === 1 ? 1.2 : 1.9) * this.thick; c.stroke();
    }
    this.drawDepots(c);
    this.drawCrews(c);
    this.drawWords(c);
  }

  // The zone whose line is nearest to a place on the screen and not farther than 9 pixels, or -1.
  zoneAt(x, y) {
    const [x0, y0, x1, y1] = this.screen;
    let best = 81, zone = -1;
    for (let z = 0; z + 1 < this.first.length; z++) {
      for (let s = this.first[z]; s < this.first[z + 1]; s++) {
        const dx = x1[s] - x0[s], dy = y1[s] - y0[s], length = dx * dx + dy * dy;
        const along = length ? Math.min(Math.max(((x - x0[s]) * dx + (y - y0[s]) * dy) / length, 0), 1) : 0;
        const far = (x0[s] + along * dx - x) ** 2 + (y0[s] + along * dy - y) ** 2;
        if (far < best) { best = far; zone = z; }
      }
    }
    return zone;
  }

  drawDepots(c) {
    c.fillStyle = "#FFFFFF"; c.strokeStyle = INK; c.lineWidth = 1.5;
    c.beginPath();
    for (let i = 0; i < this.depotAt[0].length; i++) c.rect(this.x(this.depotAt[0][i]) - 4.5, this.y(this.depotAt[1][i]) - 4.5, 9, 9);
    c.fill(); c.stroke();
  }

  // On the road hollow, on site filled, held by the wind or the night yellow, waiting small and grey.
  drawCrews(c) {
    const { state, x, y, states } = this.crews, size = Math.min(2.1 * this.thick + 0.5, 5);
    const looks = { waiting: [size * 0.6, MUTED, null], travelling: [size, "#FFFFFF", INK], stood_down: [size, "#F2C14E", INK], night: [size, "#F2C14E", INK], working: [size, INK, "#FFFFFF"] };
    for (const [name, [radius, fill, edge]] of Object.entries(looks)) {
      const code = states.indexOf(name);
      c.beginPath();
      for (let i = 0; i < state.length; i++) {
        if (state[i] !== code) continue;
        const px = this.x(x[i]), py = this.y(y[i]);
        c.moveTo(px + radius, py); c.arc(px, py, radius, 0, 2 * Math.PI);
      }
      c.fillStyle = fill; c.fill();
      if (edge) { c.strokeStyle = edge; c.lineWidth = 1; c.stroke(); }
    }
  }

  drawWords(c) {
    c.font = this.font; c.textAlign = "center"; c.textBaseline = "middle"; c.lineJoin = "round";
    c.strokeStyle = "rgba(255,255,255,0.88)"; c.lineWidth = 3.2; c.fillStyle = INK;
    for (const [name, x, y] of this.names) { c.strokeText(name, x, y); c.fillText(name, x, y); }
    const width = this.width, km = [100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1].find((step) => step / this.kmPerStep * this.scale <= width / 4) || 0.05;
    const bar = km / this.kmPerStep * this.scale, y = this.height - 12;
    c.strokeStyle = INK; c.lineWidth = 2; c.beginPath(); c.moveTo(14, y); c.lineTo(14 + bar, y); c.stroke();
    c.font = `11px ${FONT}`; c.fillStyle = INK; c.textAlign = "left"; c.fillText(`${km} km`, 20 + bar, y);
  }
}
