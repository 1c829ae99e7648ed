// The table of claims; a claim unfolds to its sentences.

const unfolded = new Set();
const ARROWS = { drives: "→", suppresses: "⊣", undergoes: "↻", promotes: "→", inhibits: "⊣", targets: "⌖" };
// In one line a therapy stands behind its mechanism, so what it does is told from there.
const SUFFERED = { promotes: "promoted by", inhibits: "inhibited by", targets: "targeted by" };

function slotName(claim, slot) {
  const term = claims[slot][claim];
  if (term < 0) return el("span", { class: "none", "aria-label": `no ${slot}` }, "–");
  const [, name, curie] = terms[term];
  return el("span", { class: `slot ${slot}`, title: curie || "no identifier fits" }, name);
}

function roleOf(claim, slot) {
  const place = claims[`${slot}_role`][claim];
  return place < 0 ? null : (slot === "cell" ? CELL_ROLES : THERAPY_ROLES)[place];
}

function roleName(claim, slot) {
  const role = roleOf(claim, slot);
  return role && el("span", { class: "role" }, role, " ", el("span", { class: "arrow", "aria-hidden": "true" }, ARROWS[role]));
}

const slotCell = (claim, slot) => el("span", {}, slotName(claim, slot), roleOf(claim, slot) ? el("span", { class: "under" }, roleName(claim, slot)) : null);

// Cell, mechanism and therapy with their roles in one line, where there is no room for columns.
function statement(claim) {
  const parts = [], therapy = roleOf(claim, "therapy");
  if (claims.cell[claim] >= 0) parts.push(slotName(claim, "cell"), " ", roleName(claim, "cell"), " ");
  parts.push(slotName(claim, "mechanism"));
  if (therapy) parts.push(" ", el("span", { class: "role" }, SUFFERED[therapy]), " ", slotName(claim, "therapy"));
  return el("span", { class: "statement" }, parts);
}

function sureness(value) {
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", {}));
  bar.firstChild.style.width = `${Math.round(100 * value)}%`;
  return el("span", { class: "sure" }, bar, value.toFixed(2));
}

function remarks(claim) {
  const all = claims.evidence[claim], denied = claims.negated[claim], supposed = claims.speculated[claim];
  return el("span", { class: "remarks" },
    claims.against_in_all[claim] ? badge("contradicted", "against", `by ${plural(claims.against_in_all[claim], "other claim")}`) : null,
    denied ? badge(denied === all ? "denied" : `${denied} of ${all} deny`, "denied") : null,
    supposed ? badge(supposed === all ? "speculated" : `${supposed} of ${all} speculate`, "speculated") : null,
    claims.curated[claim] ? badge("curated", "curated", "a curator accepted a sentence of it") : null);
}

function toggleOf(row) {
  const claim = row.getData().id, open = unfolded.has(claim);
  return el("button", { type: "button", class: "toggle", "aria-expanded": String(open), "aria-label": `Sentences: ${spoken(claim)}` },
    el("span", { "aria-hidden": "true" }, "›"));
}

function unfold(row) {
  const claim = row.getData().id, line = row.getElement();
  const open = !unfolded.has(claim);
  if (open) unfolded.add(claim); else unfolded.delete(claim);
  line.querySelector(".toggle")?.setAttribute("aria-expanded", String(open));
  showUnfolded(row);
}

function showUnfolded(row) {
  const claim = row.getData().id, line = row.getElement();
  line.querySelector(".unfolded")?.remove();
  line.classList.toggle("open", unfolded.has(claim));
  if (!unfolded.has(claim)) return;
  line.append(el("div", { class: "unfolded", role: "gridcell", click: (event) => event.stopPropagation() }, identifiers(claim), againstLine(claim), evidenceList(claim)));
}

function identifiers(claim) {
  const known = SLOTS.filter((slot) => claims[slot][claim] >= 0).map((slot) => {
    const [, name, curie, forms] = terms[claims[slot][claim]];
    const others = forms.filter((form) => form !== name).slice(0, 4).join(", ");
    return el("span", {}, el("span", { class: slot }, name), curie ? ` ${curie}` : " (no identifier)", others ? `: ${others}` : "");
  });
  return el("p", { class: "identifiers" }, known, el("span", { class: "quiet" }, claims.id[claim]));
}

function againstLine(claim) {
  const others = claims.against[claim];
  return others.length ? el("p", { class: "against-line" }, "Contradicted by ", others.map((other, at) => [at ? "; " : "", statement(other)]), ".") : null;
}

const sortable = (name) => () => el("button", { type: "button", class: "sort" }, name);
const words = { sorter: "string", sorterParams: { alignEmptyValues: "bottom" } };
const numeric = { hozAlign: "right", headerHozAlign: "right", headerSortStartingDir: "desc" };

function claimColumns() {
  const cellOf = (make) => (cell) => make(cell.getRow().getData().id);
  const toggle = { width: 40, headerSort: false, cssClass: "fold", titleFormatter: () => el("span", { class: "unseen" }, "Unfold"), formatter: (cell) => toggleOf(cell.getRow()) };
  const hidden = ["cell", "therapy", "evidence", "last", "confidence"].map((field) => ({ field, visible: false, title: field, ...(SLOTS.includes(field) ? words : {}) }));
  if (narrow.matches) return [
    toggle, ...hidden,
    { field: "mechanism", titleFormatter: sortable("Claim"), widthGrow: 1, minWidth: 150, formatter: cellOf((claim) => el("span", {}, statement(claim), remarks(claim))) },
    { field: "papers", titleFormatter: sortable("Papers"), width: 76, formatter: cellOf((claim) => number(claims.papers[claim])), ...numeric },
  ];
  if (middling.matches) return [
    toggle, ...hidden.filter(({ field }) => !["evidence", "confidence"].includes(field)),
    { field: "mechanism", titleFormatter: sortable("Claim"), widthGrow: 1, minWidth: 200, formatter: cellOf((claim) => el("span", {}, statement(claim), remarks(claim))) },
    { field: "papers", titleFormatter: sortable("Papers"), width: 92, formatter: cellOf((claim) => number(claims.papers[claim])), ...numeric },
    { field: "evidence", titleFormatter: sortable("Sentences"), width: 118, formatter: cellOf((claim) => number(claims.evidence[claim])), ...numeric },
    { field: "confidence", titleFormatter: sortable("Confidence"), width: 144, formatter: cellOf((claim) => sureness(claims.confidence[claim])), ...numeric },
  ];
  return [
    toggle,
    { field: "cell", titleFormatter: sortable("Cell"), widthGrow: 5, minWidth: 110, formatter: cellOf((claim) => slotCell(claim, "cell")), ...words },
    { field: "mechanism", titleFormatter: sortable("Mechanism"), widthGrow: 6, minWidth: 110, formatter: cellOf((claim) => slotName(claim, "mechanism")), ...words },
    { field: "therapy", titleFormatter: sortable("Therapy"), widthGrow: 5, minWidth: 110, formatter: cellOf((claim) => slotCell(claim, "therapy")), ...words },
    { width: 146, headerSort: false, titleFormatter: () => el("span", {}, "Remarks"), formatter: cellOf(remarks) },
    { field: "papers", titleFormatter: sortable("Papers"), width: 92, formatter: cellOf((claim) => number(claims.papers[claim])), ...numeric },
    { field: "evidence", titleFormatter: sortable("Sentences"), width: 118, formatter: cellOf((claim) => number(claims.evidence[claim])), ...numeric },
    { field: "last", titleFormatter: sortable("Years"), width: 104, formatter: cellOf((claim) => yearRange(rows[claim])), ...numeric },
    { field: "confidence", titleFormatter: sortable("Confidence"), width: 144, formatter: cellOf((claim) => sureness(claims.confidence[claim])), ...numeric },
  ];
}

const yearRange = ({ from, last }) => (!last ? "–" : from === last ? String(last) : `${from}–${String(last).slice(from > 1999 ? 2 : 0)}`);

// A table in pages. What turns them stands below it and not in it: a grid's children are rows, for those who hear it.
function pagedTable(id, what, options) {
  const turn = el("div", { class: "turn" }), counter = el("p", { class: "note" });
  byId(id).after(el("nav", { class: "tabulator-footer pager", "aria-label": `Pages of ${what}s` }, counter, turn));
  const table = new tabulator.Tabulator(`#${id}`, {
    index: "id", layout: "fitColumns", columnDefaults: { headerWordWrap: true }, renderVertical: "basic",
    pagination: true, paginationElement: turn, paginationButtonCount: narrow.matches ? 3 : 5, ...options,
  });
  const count = () => {
    const all = table.getDataCount("active"), size = table.getPageSize(), from = (table.getPage() - 1) * size;
    counter.textContent = all ? `${number(from + 1)}–${number(Math.min(from + size, all))} of ${plural(all, what)}` : "";
  };
  table.on("tableBuilt", () => {
    byId(id).querySelector(".tabulator-tableholder").removeAttribute("tabindex");  // it never scrolls
    count();
    table.on("pageLoaded", count);
    table.on("dataFiltered", () => queueMicrotask(count));
  });
  return table;
}

function startClaims() {
  const table = pagedTable("claims-table", "claim", {
    data: rows, columns: claimColumns(), paginationSize: 25, paginationSizeSelector: [25, 50, 100, 250],
    initialSort: [{ column: "confidence", dir: "desc" }], placeholder: "No claim answers these filters.", rowFormatter: showUnfolded,
  });
  table.on("rowClick", (event, row) => { if (!event.target.closest("a, .unfolded")) unfold(row); });
  table.on("tableBuilt", () => {
    const answers = new Set();
    whenFiltered(() => { answers.clear(); for (const claim of visible) answers.add(claim); table.setFilter((row) => answers.has(row.id)); });
    for (const width of [narrow, middling]) width.addEventListener("change", () => table.setColumns(claimColumns()));
    byId("sort").addEventListener("change", (event) => table.setSort(event.target.value, SLOTS.includes(event.target.value) ? "asc" : "desc"));
  });
}
