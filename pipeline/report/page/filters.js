// What the reader asked for, and the claims that answer it.

const wanted = { words: "", term: { cell: -1, mechanism: -1, therapy: -1 }, several: false, contradicted: false, denied: false, confidence: 0 };
const watchers = [];
let visible = claims.id.map((_, claim) => claim);

const whenFiltered = (work) => watchers.push(work);

function passes(claim, words) {
  for (const slot of SLOTS) if (wanted.term[slot] >= 0 && claims[slot][claim] !== wanted.term[slot]) return false;
  if (wanted.several && claims.papers[claim] < 2) return false;
  if (wanted.contradicted && !claims.against_in_all[claim]) return false;
  if (wanted.denied && !claims.negated[claim]) return false;
  if (claims.confidence[claim] < wanted.confidence) return false;
  return words.every((word) => claimText[claim].includes(word));
}

function filter() {
  const words = plainText(wanted.words).split(/\s+/).filter(Boolean);
  visible = rows.map((row) => row.id).filter((claim) => passes(claim, words));
  showChips();
  for (const work of watchers) work();
}

// Sets or takes back what fills slots: choose({cell: 3, mechanism: 7}).
function choose(parts) {
  const same = Object.entries(parts).every(([slot, term]) => wanted.term[slot] === term);
  for (const [slot, term] of Object.entries(parts)) wanted.term[slot] = same ? -1 : term;
  filter();
}

function showChips() {
  const chips = SLOTS.filter((slot) => wanted.term[slot] >= 0).map((slot) => {
    const name = termName(wanted.term[slot]);
    return el("li", {}, el("button", { type: "button", class: `chip ${slot}`, "aria-label": `Take back the ${slot} ${name}`,
      click: () => { choose({ [slot]: wanted.term[slot] }); byId("words").focus({ preventScroll: true }); } }, name, el("span", { "aria-hidden": "true" }, "×")));
  });
  const set = chips.length || wanted.words || wanted.several || wanted.contradicted || wanted.denied || wanted.confidence;
  if (set) chips.push(el("li", {}, el("button", { type: "button", class: "plain", click: clearFilters }, "Clear all")));
  fill(byId("chips"), chips).hidden = !chips.length;
  fill(byId("count"), visible.length === claimCount ? `${plural(claimCount, "claim")}`
    : `${number(visible.length)} of ${plural(claimCount, "claim")}`);
}

function clearFilters() {
  Object.assign(wanted, { words: "", term: { cell: -1, mechanism: -1, therapy: -1 }, several: false, contradicted: false, denied: false, confidence: 0 });
  byId("words").value = "";
  byId("confidence").value = "0";
  for (const name of ["several", "contradicted", "denied"]) byId(name).checked = false;
  filter();
  byId("words").focus({ preventScroll: true });
}

function startFilters() {
  const search = later(() => { wanted.words = byId("words").value; filter(); }, 150);
  byId("words").addEventListener("input", search);
  for (const name of ["several", "contradicted", "denied"])
    byId(name).addEventListener("change", (event) => { wanted[name] = event.target.checked; filter(); });
  byId("confidence").addEventListener("change", (event) => { wanted.confidence = Number(event.target.value); filter(); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && byId("page").hidden) { event.preventDefault(); byId("words").focus(); }
    if (event.key === "Escape" && event.target === byId("words")) clearFilters();
  });
  showChips();
}

// A button that filters by what fills a slot, as the pictures do.
const termButton = (term, count) => el("button", { type: "button", class: "term", "aria-pressed": String(wanted.term[slotOf(term)] === term),
  click: () => choose({ [slotOf(term)]: term }) }, el("span", { class: slotOf(term) }, termName(term)), el("span", { class: "quiet" }, number(count)));
