"use strict";
// Draws every chart of the page's data: lines per plan that can be switched off, and the values under the pointer.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 78, RIGHT = 14, TOP = 14, BOTTOM = 34;
  const make = (name, given, inside) => {
    const node = document.createElementNS(SVG, name);
    for (const key in given) node.setAttribute(key, given[key]);
    if (inside) inside.append(node);
    return node;
  };
  const text = (inside, x, y, said, anchor) => {
    const node = make("text", { x, y, "text-anchor": anchor, "font-size": 13, fill: "#1f1f1f" }, inside);
    node.textContent = said;
    return node;
  };
  const round = (top) => {
    const power = 10 ** Math.floor(Math.log10(top / 4));
    return [1, 2, 5, 10].map((step) => step * power).find((step) => top / step <= 7);
  };
  const number = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: value < 10 ? 1 : 0 });

  const draw = (chart, home) => {
    const at = chart.at, first = at[0], last = at[at.length - 1];
    const shown = chart.plans.map(() => true);
    const svg = make("svg", { role: "img", tabindex: 0, "aria-label": chart.title });
    const field = make("g", {}, svg);
    const lines = make("g", { fill: "none", "stroke-width": 2.2, "stroke-linejoin": "round" }, svg);
    const pointer = make("g", {}, svg);
    const legend = document.createElement("div");
    legend.className = "plans";
    const values = document.createElement("p");
    values.className = "values";
    values.setAttribute("aria-live", "polite");
    values.textContent = home.dataset.hint;
    let top = 1, place = -1, WIDE = 0, HIGH = 0;
    const x = (minute) => LEFT + (minute - first) / (last - first || 1) * (WIDE - LEFT - RIGHT);
    const y = (value) => HIGH - BOTTOM - value / top * (HIGH - TOP - BOTTOM);

    const redraw = () => {
      WIDE = Math.max(300, svg.clientWidth);
      HIGH = Math.max(220, Math.round(WIDE * 0.35));
      svg.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
      field.replaceChildren();
      lines.replaceChildren();
      const kept = chart.plans.filter((_, p) => shown[p]);
      top = 1.05 * Math.max(1, ...kept.flatMap((plan) => plan.values), ...chart.points.map((point) => point[1]));
      for (let tick = 0; tick <= top; tick += round(top)) {
        make("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(tick), y2: y(tick), stroke: "#e2e2e2" }, field);
        text(field, LEFT - 8, y(tick) + 4, number(tick), "end");
      }
      const every = Math.ceil(chart.days.length / (WIDE / 90));
      for (const [day, label] of chart.days.filter((_, i) => i % every === 0)) {
        make("line", { x1: x(day), x2: x(day), y1: HIGH - BOTTOM, y2: HIGH - BOTTOM + 5, stroke: "#666" }, field);
        const date = text(field, x(day), HIGH - BOTTOM + 21, label, "middle");
        date.setAttribute("x", Math.min(x(day), WIDE - date.getComputedTextLength() / 2)); // all of the last one stays inside
      }
      for (const plan of kept) {
        const way = plan.values.map((value, i) => `${x(at[i]).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
        make("polyline", { points: way, stroke: plan.colour, "stroke-dasharray": plan.dash }, lines);
      }
      for (const [minute, value] of chart.points)
        make("circle", { cx: x(minute), cy: y(value), r: 4.5, fill: "#fff", stroke: "#d55e00", "stroke-width": 2 }, lines);
      point(place);
    };

    const point = (i) => {
      place = i;
      pointer.replaceChildren();
      if (i < 0) return;
      make("line", { x1: x(at[i]), x2: x(at[i]), y1: TOP, y2: HIGH - BOTTOM, stroke: "#1f1f1f", "stroke-width": 0.8 }, pointer);
      const said = [];
      chart.plans.forEach((plan, p) => {
        if (!shown[p]) return;
        make("circle", { cx: x(at[i]), cy: y(plan.values[i]), r: 3.5, fill: plan.colour }, pointer);
        said.push(`${plan.name} ${number(plan.values[i])}`);
      });
      const near = chart.points.find((each) => Math.abs(each[0] - at[i]) <= (last - first) / at.length);
      values.textContent = `${chart.times[i]}: ${said.concat(near ? [near[2]] : []).join(" · ")}`;
    };

    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const minute = first + ((event.clientX - box.left) / box.width * WIDE - LEFT) / (WIDE - LEFT - RIGHT) * (last - first);
      let best = 0;
      at.forEach((each, i) => { if (Math.abs(each - minute) < Math.abs(at[best] - minute)) best = i; });
      point(best);
    };
    svg.addEventListener("pointermove", nearest);
    svg.addEventListener("pointerdown", nearest);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      point(Math.min(at.length - 1, Math.max(0, place + step)));
    });

    chart.plans.forEach((plan, p) => {
      const label = document.createElement("label"), box = document.createElement("input");
      box.type = "checkbox";
      box.checked = true;
      box.addEventListener("change", () => { shown[p] = box.checked; redraw(); });
      const mark = make("svg", { width: 30, height: 10, "aria-hidden": "true" });
      make("line", { x1: 0, x2: 30, y1: 5, y2: 5, stroke: plan.colour, "stroke-width": 3, "stroke-dasharray": plan.dash }, mark);
      label.append(box, mark, plan.name);
      legend.append(label);
    });
    const title = document.createElement("p");
    title.className = "live-title";
    title.textContent = chart.title;
    home.append(title, legend, svg, values);
    home.hidden = false;
    redraw();
    addEventListener("resize", redraw);
  };

  for (const home of document.querySelectorAll(".live"))
    draw(JSON.parse(document.getElementById(home.dataset.from).textContent), home);
})();
