"use strict";
// The day of a queue as two plots. Every line has its own dash, so that none is told by colour alone.

const Curves = (() => {
  const GRID = { stroke: "#263241", width: 1 };
  const INK = "#a3b1c2";
  const stepped = uPlot.paths.stepped({ align: 1 });
  const PLOTS = {
    contacts: [
      { of: "projected_high", band: "rgba(124,188,255,.22)" },
      { of: "projected_low" },
      { of: "forecast", word: "forecast", stroke: "#f3c15f", dash: [8, 5], width: 2 },
      { of: "projected", word: "projected", stroke: "#7cbcff", dash: [2, 4], width: 2, edges: ["projected_low", "projected_high"], within: true },
      { of: "actual", word: "actual", stroke: "#e9eef4", width: 2.5 },
    ],
    fte: [
      { of: "required_high", band: "rgba(255,138,128,.28)", stroke: "#ff8a80", width: 1, word: "required_pool", edges: ["required_low", "required_high"] },
      { of: "required_low", stroke: "#ff8a80", width: 1 },
      { of: "scheduled", word: "scheduled_staff", stroke: "#f3c15f", dash: [8, 5], width: 2 },
      { of: "expected", word: "expected_staff", stroke: "#7cbcff", dash: [2, 4], width: 2 },
      { of: "there", word: "there_staff", stroke: "#e9eef4", width: 2.5 },
    ],
  };
  const made = {};

  const one = (value) => (value == null ? "--" : Number.isInteger(value) ? String(value) : value.toFixed(1));

  // A band is told as its two edges, a line within one with them.
  function told(line) {
    return (plot, value, _, idx) => {
      const { day } = made[plot.root.parentElement.id] || {};
      if (!line.edges || idx == null || !day) return one(value);
      const [low, high] = line.edges.map((edge) => day.curves[edge][Math.min(idx, day.starts_s.length - 1)]);
      const edges = low == null ? "" : one(low) === one(high) ? one(low) : `${one(low)}–${one(high)}`;
      return line.within ? `${one(value)}${edges && ` (${edges})`}` : edges || "--";
    };
  }

  function series(line, words) {
    return {
      label: line.word ? words[line.word] : "",
      stroke: line.stroke || "transparent",
      width: line.width || 0,
      dash: line.dash,
      paths: stepped,
      points: { show: false },
      value: told(line),
      class: line.word ? "named" : "unnamed",
    };
  }

  function nowLine(day) {
    return (plot) => {
      const x = plot.valToPos(day().now_s, "x", true);
      const { left, top, width, height } = plot.bbox;
      if (x < left || x > left + width) return;
      plot.ctx.save();
      plot.ctx.strokeStyle = "#e9eef4";
      plot.ctx.setLineDash([3, 3]);
      plot.ctx.beginPath();
      plot.ctx.moveTo(x, top);
      plot.ctx.lineTo(x, top + height);
      plot.ctx.stroke();
      plot.ctx.restore();
    };
  }

  function options(lines, holder, words, zone, day, height) {
    return {
      width: holder.clientWidth,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone),
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => [0, (high || 1) * 1.08] } },
      axes: [
        { stroke: INK, grid: GRID, ticks: GRID, values: (_, splits) => splits.map((at) => clock(at, zone)), space: 60, size: 30 },
        { stroke: INK, grid: GRID, ticks: GRID, size: 46 },
      ],
      series: [{ label: words.time, value: (_, at) => (at == null ? "--:--" : clock(at, zone)) }, ...lines.map((line) => series(line, words))],
      bands: lines.flatMap((line, at) => (line.band ? [{ series: [at + 1, at + 2], fill: line.band }] : [])),
      legend: {
        markers: { width: 2, fill: "transparent", dash: (_, at) => ({ 2: "dotted", 8: "dashed" })[lines[at - 1].dash?.[0]] || "solid" },
      },
      hooks: { draw: [nowLine(day)], setCursor: [(plot) => plot.cursor.idx == null && present(plot, day())] },
    };
  }

  function clock(seconds, zone) {
    return new Date(seconds * 1e3).toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  }

  // A step lasts until the next start, the last one until its end.
  function columns(day, lines) {
    const starts = [...day.starts_s, day.ends_s.at(-1)];
    const whole = lines.map((line) => {
      const values = day.curves[line.of];
      return [...values, values.at(-1)];
    });
    return [starts, ...whole];
  }

  // With the cursor elsewhere the legend tells of the present interval.
  function present(plot, day) {
    const idx = day.starts_s.findLastIndex((at) => at <= day.now_s);
    if (idx >= 0 && plot.legend.idx !== idx) plot.setLegend({ idx }, false);
  }

  function draw(id, day, words, lang) {
    const holder = document.getElementById(id);
    const key = [day.key, day.zone, lang].join("|");
    const lines = PLOTS[id];
    const before = made[id];
    const data = columns(day, lines);
    if (before && before.key === key) {
      before.day = day;
      if (before.plot.width !== holder.clientWidth) before.plot.setSize({ width: holder.clientWidth, height: before.plot.height });
      before.plot.setData(data);
      if (before.plot.cursor.idx == null) present(before.plot, day);
      return;
    }
    if (before) before.plot.destroy();
    const now = { key, day };
    const height = window.innerHeight > 900 ? 184 : 150;
    now.plot = new uPlot(options(lines, holder, words, day.zone, () => now.day, height), data, holder);
    present(now.plot, day);
    made[id] = now;
  }

  // Left and right move the cursor, as the pointer does.
  function keyed(id) {
    const holder = document.getElementById(id);
    holder.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !made[id]) return;
      event.preventDefault();
      const { plot, day, at: before } = made[id];
      const present = day.starts_s.findLastIndex((at) => at <= day.now_s);
      const at = Math.min(Math.max((before ?? present) + step, 0), day.starts_s.length - 1);
      made[id].at = at;
      plot.setCursor({ left: plot.valToPos(day.starts_s[at], "x"), top: 10 });
    });
  }

  keyed("contacts");
  keyed("fte");
  return { clock, show: (day, words, lang) => Object.keys(PLOTS).forEach((id) => draw(id, day, words, lang)) };
})();
