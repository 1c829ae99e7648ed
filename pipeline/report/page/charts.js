// The three pictures, drawn by ECharts on SVG. Each follows the filters and has a list beside it for the keyboard.

const narrow = matchMedia("(max-width: 720px)");
const middling = matchMedia("(max-width: 1020px)"); // a tablet
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Okabe and Ito's colours, which the colour-blind tell apart; style.css has the slots' darker ones for words.
const colour = (name) => {
  const probe = byId("flow-chart");
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  probe.style.color = "";
  return value;
};

const charts = [];
function chart(id, option, click) {
  const drawn = echarts.init(byId(id), null, { renderer: "svg" });
  const draw = (still = false) => {
    drawn.resize();
    const made = option();
    drawn.clear();
    if (made) drawn.setOption({ animation: !still && !calm.matches, animationDuration: 300, textStyle: { fontFamily: "inherit", color: colour("ink") }, aria: { enabled: true }, ...made });
  };
  drawn.on("click", click);
  // A picture that nobody has come to yet is not drawn.
  let due = true, near = false;
  const seen = new IntersectionObserver(([entry]) => {
    near = entry.isIntersecting;
    if (near && due) { due = false; draw(); }
  }, { rootMargin: "400px" });
  seen.observe(byId(id));
  const redraw = () => { due = !near; if (near) draw(); };
  charts.push({ redraw, draw, drawn, id });
  whenFiltered(redraw);
  new ResizeObserver(later(redraw, 120)).observe(byId(id));
}

// Tooltips are drawn as text in the picture, never as HTML.
const tooltip = (words) => ({
  renderMode: "richText", confine: true, formatter: words, backgroundColor: colour("card"), borderColor: colour("line"),
  padding: [8, 12], textStyle: { color: colour("ink"), fontSize: 13, fontFamily: "inherit" },
});

const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1).trimEnd()}…` : text);

function ranked(weights, most) {
  return [...weights].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most);
}

const add = (map, key, weight) => map.set(key, (map.get(key) || 0) + weight);

// ---- flow: cells -> mechanisms -> therapies

function flowOf() {
  const [mechanismsMost, sideMost] = narrow.matches ? [7, 7] : [14, 12];
  const weights = { cell: new Map(), mechanism: new Map(), therapy: new Map() };
  for (const claim of visible) add(weights.mechanism, claims.mechanism[claim], claims.evidence[claim]);
  const mechanisms = ranked(weights.mechanism, mechanismsMost);
  const kept = new Set(mechanisms.map(([term]) => term));
  const among = visible.filter((claim) => kept.has(claims.mechanism[claim]));
  for (const slot of ["cell", "therapy"])
    for (const claim of among) if (claims[slot][claim] >= 0) add(weights[slot], claims[slot][claim], claims.evidence[claim]);
  const cells = ranked(weights.cell, sideMost), therapies = ranked(weights.therapy, sideMost);
  for (const [term] of [...cells, ...therapies]) kept.add(term);
  const ribbons = new Map();
  let shown = 0;
  for (const claim of among) {
    const cell = claims.cell[claim], mechanism = claims.mechanism[claim], therapy = claims.therapy[claim];
    let drawn = false;
    for (const [from, to, role] of [[cell, mechanism, CELL_ROLES[claims.cell_role[claim]]], [mechanism, therapy, THERAPY_ROLES[claims.therapy_role[claim]]]]) {
      if (from < 0 || to < 0 || !kept.has(from) || !kept.has(to)) continue;
      const key = `${from} ${to}`;
      if (!ribbons.has(key)) ribbons.set(key, { from, to, value: 0, roles: {} });
      const ribbon = ribbons.get(key);
      ribbon.value += claims.evidence[claim];
      ribbon.roles[role] = (ribbon.roles[role] || 0) + claims.evidence[claim];
      drawn = true;
    }
    if (drawn) shown += claims.evidence[claim];
  }
  const ends = new Set([...ribbons.values()].flatMap(({ from, to }) => [from, to]));
  const nodes = [...cells, ...mechanisms, ...therapies].filter(([term]) => ends.has(term));
  return { nodes, ribbons: [...ribbons.values()], shown };
}

const rolesSaid = (roles) => Object.entries(roles).sort((a, b) => b[1] - a[1]).map(([role, count]) => `${role} ${number(count)}`).join(" · ");

function flowOption() {
  const { nodes, ribbons, shown } = flowOf();
  const all = visible.reduce((sum, claim) => sum + claims.evidence[claim], 0);
  byId("flow-note").textContent = ribbons.length
    ? `The most frequent ones: ${number(shown)} of ${plural(all, "statement")}${shown < all ? "; filter to see others" : ""}.` : "No claim to draw: take a filter back.";
  byId("flow-chart").classList.toggle("empty", !ribbons.length);
  fill(byId("flow-list"), SLOTS.map((slot) => el("div", {}, el("h3", { class: slot }, { cell: "Cells", mechanism: "Mechanisms", therapy: "Therapies" }[slot]),
    el("ul", {}, nodes.filter(([term]) => slotOf(term) === slot).map(([term, count]) => el("li", {}, termButton(term, count)))))));
  if (!ribbons.length) return null;
  const small = narrow.matches, cramped = byId("flow-chart").clientWidth < 900;
  const side = { cell: "left", mechanism: "right", therapy: "right" };
  const inner = { cell: "right", mechanism: "right", therapy: "left" };
  return {
    tooltip: tooltip(({ dataType, data }) => (dataType === "node"
      ? `${data.words}\n${plural(data.count, "statement")}`
      : `${termName(data.from)} – ${termName(data.to)}\n${rolesSaid(data.roles)}`)),
    series: [{
      type: "sankey", draggable: false, nodeWidth: small ? 10 : 14, nodeGap: small ? 10 : 9, layoutIterations: 48,
      left: small ? 4 : cramped ? 150 : "19%", right: small ? 4 : cramped ? 150 : "19%", top: 8, bottom: 8,
      emphasis: { focus: "adjacency", lineStyle: { opacity: 0.6 } },
      lineStyle: { color: "gradient", opacity: 0.28, curveness: 0.5 },
      label: { color: colour("ink"), fontSize: small ? 11 : 13, fontFamily: "inherit", formatter: ({ data }) => short(data.words, small ? { cell: 19, mechanism: 10, therapy: 12 }[slotOf(data.term)] : cramped ? 20 : 30), textBorderColor: colour("paper"), textBorderWidth: 3 },
      data: nodes.map(([term, count]) => ({
        name: String(term), term, count, words: termName(term), depth: SLOTS.indexOf(slotOf(term)),
        itemStyle: { color: colour(`${slotOf(term)}-fill`), borderWidth: 0 }, label: { position: small ? inner[slotOf(term)] : side[slotOf(term)] },
      })),
      links: ribbons.map((ribbon) => ({ ...ribbon, source: String(ribbon.from), target: String(ribbon.to) })),
    }],
  };
}

const chooseEnds = ({ dataType, data }) => (dataType === "node" ? choose({ [slotOf(data.term)]: data.term })
  : choose({ [slotOf(data.from)]: data.from, [slotOf(data.to)]: data.to }));

// ---- network

const SIGN = { drives: "solid", promotes: "solid", suppresses: "dashed", inhibits: "dashed", undergoes: "dotted", targets: "dotted" };

function networkOption() {
  const edges = new Map();
  const tie = (from, to, role, weight) => {
    const key = `${from} ${to}`;
    if (!edges.has(key)) edges.set(key, { from, to, value: 0, roles: {} });
    edges.get(key).value += weight;
    edges.get(key).roles[role] = (edges.get(key).roles[role] || 0) + weight;
  };
  for (const claim of visible) {
    const cell = claims.cell[claim], mechanism = claims.mechanism[claim], therapy = claims.therapy[claim];
    if (cell >= 0) tie(cell, mechanism, CELL_ROLES[claims.cell_role[claim]], claims.evidence[claim]);
    if (therapy >= 0) tie(therapy, mechanism, THERAPY_ROLES[claims.therapy_role[claim]], claims.evidence[claim]);
  }
  const ordered = [...edges.values()].sort((a, b) => b.value - a.value || a.from - b.from || a.to - b.to);
  // Therapies are named less often than cells and wanted no less: each kind of tie has its share.
  const heavy = Object.entries(narrow.matches ? { cell: 18, therapy: 12 } : { cell: 40, therapy: 30 })
    .flatMap(([slot, most]) => ordered.filter(({ from }) => slotOf(from) === slot).slice(0, most));
  const kept = together(heavy);
  const weights = new Map();
  for (const edge of kept) for (const end of [edge.from, edge.to]) add(weights, end, edge.value);
  byId("network-note").textContent = kept.length
    ? `${number(kept.length)} of ${plural(edges.size, "tie")}, the most frequent of cells and of therapies.` : "No claim to draw: take a filter back.";
  byId("network-chart").classList.toggle("empty", !kept.length);
  fill(byId("network-list"), el("ul", { class: "ties" }, kept.slice(0, 60).map((edge) => el("li", {},
    el("button", { type: "button", class: "term", click: () => choose({ [slotOf(edge.from)]: edge.from, [slotOf(edge.to)]: edge.to }) },
      el("span", { class: slotOf(edge.from) }, termName(edge.from)), el("span", { class: "quiet" }, main(edge.roles)),
      el("span", { class: "mechanism" }, termName(edge.to)), el("span", { class: "quiet" }, number(edge.value)))))));
  if (!kept.length) return null;
  const most = Math.max(...weights.values()), heaviest = Math.max(...kept.map((edge) => edge.value));
  const labelled = new Set(ranked(weights, narrow.matches ? 14 : 70).map(([term]) => term));
  const shapes = { cell: "circle", mechanism: "diamond", therapy: "roundRect" };
  return {
    legend: { data: SLOTS.map((slot) => ({ name: slot, icon: shapes[slot] })), selectedMode: false, bottom: 0, itemGap: 24, itemWidth: 13, itemHeight: 13, textStyle: { color: colour("ink"), fontFamily: "inherit" } },
    color: SLOTS.map((slot) => colour(`${slot}-fill`)),
    tooltip: tooltip(({ dataType, data }) => (dataType === "node" ? `${data.words}\n${plural(data.count, "statement")} in this picture`
      : `${termName(data.from)} – ${termName(data.to)}\n${rolesSaid(data.roles)}`)),
    series: [{
      type: "graph", layout: "force", top: 16, bottom: 44, left: narrow.matches ? 16 : 40, right: narrow.matches ? 76 : 150, draggable: false, roam: false,
      force: { initLayout: "circular", repulsion: narrow.matches ? 110 : 240, gravity: narrow.matches ? 0.3 : 0.28, edgeLength: narrow.matches ? [20, 50] : [30, 110], layoutAnimation: false },
      categories: SLOTS.map((slot) => ({ name: slot })), emphasis: { focus: "adjacency", lineStyle: { opacity: 0.9 } },
      labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
      label: { position: "right", fontSize: 12, fontFamily: "inherit", color: colour("ink"), textBorderColor: colour("paper"), textBorderWidth: 3, formatter: ({ data }) => short(data.words, narrow.matches ? 14 : 24) },
      data: [...weights].map(([term, count]) => ({
        name: String(term), term, count, words: termName(term), category: terms[term][0], symbol: shapes[slotOf(term)],
        symbolSize: 9 + 27 * Math.sqrt(count / most), label: { show: labelled.has(term) },
      })),
      links: kept.map((edge) => ({
        ...edge, source: String(edge.from), target: String(edge.to),
        lineStyle: { type: SIGN[main(edge.roles)], width: 1 + 4 * Math.sqrt(edge.value / heaviest), opacity: 0.45, color: colour("muted") },
      })),
    }],
  };
}

// The ties that hang together with others; single ones tell nothing in a picture, unless there are no others.
function together(ties) {
  const part = new Map(), root = (end) => (part.get(end) === end ? end : root(part.get(end)));
  for (const { from, to } of ties) {
    for (const end of [from, to]) if (!part.has(end)) part.set(end, end);
    part.set(root(from), root(to));
  }
  const sizes = new Map();
  for (const { from } of ties) add(sizes, root(from), 1);
  const large = ties.filter(({ from }) => sizes.get(root(from)) >= 4);
  return large.length ? large : ties;
}

const main = (roles) => Object.entries(roles).sort((a, b) => b[1] - a[1])[0][0];

// ---- trends

const LINES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const POINTS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
const STROKES = ["solid", "dashed", "dotted", "solid", "dashed", "dotted"];

function trendLines() {
  const of = byId("trend-of").value, lines = new Map(), totals = new Map();
  const years = [];
  let undated = 0;
  for (const claim of visible)
    for (let row = first[claim]; row < first[claim + 1]; row++) {
      const year = documents.year[evidence.document[row]];
      if (!year) { undated += 1; continue; }
      const line = of === "kind"
        ? evidence.flags[row] & NEGATED ? "denied" : evidence.flags[row] & SPECULATED ? "speculated" : "stated"
        : claims[of][claim];
      if (line === -1) continue;
      years.push(year);
      if (!lines.has(line)) lines.set(line, new Map());
      add(lines.get(line), year, 1);
      add(totals, line, 1);
    }
  const best = [...totals].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([line]) => line);
  const from = years.reduce((least, year) => Math.min(least, year), Infinity), to = years.reduce((most, year) => Math.max(most, year), 0);
  const span = years.length ? Array.from({ length: to - from + 1 }, (_, at) => from + at) : [];
  return { span, undated, lines: best.map((line) => ({ name: of === "kind" ? line : termName(line), counts: span.map((year) => lines.get(line).get(year) || 0) })) };
}

function trendsOption() {
  const { span, lines, undated } = trendLines();
  const drawn = span.length > 1;
  byId("trends-note").textContent = [
    span.length ? drawn ? "" : `All that have a year are of ${span[0]}: there is no line to draw.` : "None of these papers states its year.",
    span.length && undated ? `${plural(undated, "statement")} ${undated === 1 ? "is of a paper that states" : "are of papers that state"} no year.` : "",
  ].filter(Boolean).join(" ");
  byId("trends-note").hidden = !byId("trends-note").textContent;
  byId("trends-chart").classList.toggle("empty", !drawn);
  fill(byId("trends-list"), span.length ? el("table", {}, el("caption", { class: "unseen" }, "Statements by year"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "year"), lines.map((line) => el("th", { scope: "col" }, line.name)))),
    el("tbody", {}, span.map((year, at) => el("tr", {}, el("th", { scope: "row" }, String(year)), lines.map((line) => el("td", {}, number(line.counts[at]))))))) : "");
  if (!drawn) return null;
  const axis = { axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { color: colour("muted"), fontFamily: "inherit" }, axisTick: { show: false } };
  return {
    color: LINES,
    grid: { left: 8, right: 20, top: 24, bottom: 64, containLabel: true },
    legend: { bottom: 0, type: "plain", icon: undefined, textStyle: { color: colour("ink"), fontFamily: "inherit" }, formatter: (name) => short(name, 28), itemGap: 18 },
    tooltip: { ...tooltip((points) => [points[0].axisValueLabel, ...points.filter((point) => point.value).map((point) => `${point.seriesName}: ${number(point.value)}`)].join("\n")), trigger: "axis" },
    xAxis: { type: "category", data: span.map(String), boundaryGap: false, ...axis },
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: colour("line") } }, ...axis },
    series: lines.map((line, at) => ({
      type: "line", name: line.name, data: line.counts, symbol: POINTS[at], symbolSize: 7, lineStyle: { width: 2.5, type: STROKES[at] }, emphasis: { focus: "series" },
    })),
  };
}

const PAPER = 690; // pixels across a page of A4 or letter

function startCharts() {
  chart("flow-chart", flowOption, chooseEnds);
  chart("network-chart", networkOption, chooseEnds);
  chart("trends-chart", trendsOption, () => {});
  const all = () => { for (const each of charts) each.redraw(); };
  byId("trend-of").addEventListener("change", all);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  byId("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (document.documentElement.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    all();
  });
  // On paper everything is there, in light colours.
  addEventListener("beforeprint", () => {
    for (const each of charts) {
      byId(each.id).style.width = `${Math.min(PAPER, byId(each.id).clientWidth)}px`;
      each.draw(true);
    }
  });
  addEventListener("afterprint", () => {
    for (const each of charts) byId(each.id).style.width = "";
    all();
  });
}
