// Documents: their table, and a page for each.

function startDocuments() {
  const list = documents.id.map((id, at) => ({
    id: at, title: documents.title[at] || id, year: documents.year[at], journal: documents.journal[at], evidence: evidenceOf[at].length,
    mentions: documents.mentions[at].reduce((sum, count) => sum + count, 0),
    text: plainText([id, documents.title[at], documents.journal[at], documents.authors[at], documents.year[at] || ""].join(" ")),
  }));
  const title = { field: "title", titleFormatter: sortable("Title"), widthGrow: 5, minWidth: 180, ...words, formatter: (cell) => {
    const { id } = cell.getRow().getData();
    return el("span", {}, el("a", { href: pageLink(id) }, documents.title[id] || documents.id[id]), documents.retracted[id] ? [" ", badge("retracted", "denied")] : null,
      el("span", { class: "under" }, [documents.authors[id], narrow.matches ? documents.year[id] || "" : ""].filter(Boolean).join(", ")));
  } };
  const sentences = { field: "evidence", titleFormatter: sortable(narrow.matches ? "Said" : "Sentences"), width: narrow.matches ? 72 : 112, formatter: (cell) => number(cell.getValue()), ...numeric };
  const wide = [
    title,
    { field: "journal", titleFormatter: sortable("Journal"), widthGrow: 2, minWidth: 100, ...words, formatter: (cell) => el("span", {}, cell.getValue()) },
    { field: "year", titleFormatter: sortable("Year"), width: 84, formatter: (cell) => (cell.getValue() ? String(cell.getValue()) : "–"), ...numeric },
    { field: "mentions", titleFormatter: sortable("Mentions"), width: 108, formatter: (cell) => number(cell.getValue()), ...numeric },
    sentences,
  ];
  const table = pagedTable("documents-table", "document", {
    data: list, columns: narrow.matches ? [title, sentences] : wide, paginationSize: 10, paginationSizeSelector: [10, 25, 50, 100],
    placeholder: "No document answers this search.",
  });
  table.on("tableBuilt", () => {
    byId("documents-words").addEventListener("input", later(() => {
      const asked = plainText(byId("documents-words").value).split(/\s+/).filter(Boolean);
      table.setFilter((row) => asked.every((word) => row.text.includes(word)));
    }, 150));
  });
}

// ---- the page of one document

// Sentences that claims rest on; those that overlap are one stretch.
function saidStretches(document) {
  const all = evidenceOf[document].map((row) => ({ start: evidence.start[row], end: evidence.start[row] + evidence.length[row], rows: [row] })).sort((a, b) => a.start - b.start || a.end - b.end);
  const merged = [];
  for (const one of all) {
    const last = merged[merged.length - 1];
    if (last && one.start < last.end) { last.end = Math.max(last.end, one.end); last.rows.push(...one.rows); } else merged.push(one);
  }
  return merged;
}

function mentionSpans(flat) {
  const spans = [];
  for (let at = 0, start = 0; at < flat.length; at += 4) {
    start += flat[at];
    const kind = TYPES[flat[at + 2]], name = flat[at + 3] < 0 ? "" : pages().names[flat[at + 3]].filter(Boolean).join(" ");
    spans.push({ start, end: start + flat[at + 1], make: () => mark(kind, name ? `${kind}: ${name}` : `${kind}, no identifier`) });
  }
  return spans;
}

function body(document) {
  const [, whole, sections, flat] = pages().documents[document];
  const said = saidStretches(document).map((stretch, at) => ({ ...stretch, make: () => el("span", { class: "sentence", id: `said-${at}` }) }));
  const spans = [...said, ...mentionSpans(flat)];
  const place = el("div", { class: "text" });
  const texts = stretches(document);
  if (!whole) {
    place.append(el("p", { class: "note" }, "The whole text is not in this file; these are the sentences that claims rest on."));
    for (const text of texts) place.append(marked(el("p"), text, text.start, text.end, spans));
    return place;
  }
  const [text] = texts;
  const parts = sections.length ? sections : [["text", 0, text.end]];
  for (const [name, start, end] of parts) {
    if (name !== "title" && name !== "text") place.append(el("h3", {}, name));
    for (const [from, to] of paragraphs(text, start, end)) place.append(marked(el("p", { class: name === "title" ? "title" : "" }), text, from, to, spans));
  }
  return place;
}

// Paragraphs are parted by empty lines.
function* paragraphs(text, start, end) {
  const whole = text.slice(start, end), sized = typeof text.units === "string" ? (part) => part.length : (part) => Array.from(part).length;
  let at = start;
  for (const part of whole.split(/(\n\s*\n)/)) {
    const size = sized(part);
    if (part.trim()) yield [at, at + size];
    at += size;
  }
}

function foundIn(document) {
  const said = saidStretches(document);
  if (!said.length) return el("p", { class: "note" }, nothingFound(document));
  return el("ol", { class: "found" }, said.map((stretch, at) => el("li", {},
    stretch.rows.map((row) => el("p", {}, el("a", { href: `#said-${at}`, class: "to", click: (event) => { event.preventDefault(); showSentence(at); } }, statement(claimOf[row])), " ", flagsOf(row))))));
}

function showSentence(at) {
  const sentence = byId(`said-${at}`);
  for (const other of byId("page").querySelectorAll(".sentence.here")) other.classList.remove("here");
  sentence.classList.add("here");
  sentence.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  sentence.tabIndex = -1;
  sentence.focus({ preventScroll: true });
}

// Why a document gives no claim: what it does not name first.
function nothingFound(document) {
  const [cells, mechanisms, therapies] = documents.mentions[document];
  const named = [[cells, "cell"], [mechanisms, "mechanism"], [therapies, "therapy", "therapies"]];
  const missing = named.filter(([count]) => !count).map(([, name]) => name);
  const there = named.filter(([count]) => count).map(([count, name, many]) => plural(count, name, many)).join(", ");
  if (documents.retracted[document]) return "Retracted: no claim rests on it.";
  return missing.length ? `It names no ${missing.join(" and no ")}${there ? `; it has ${there}` : ""}.` : `It names ${there}, but no sentence here ties them.`;
}

function switches(place) {
  const names = [["cell", "cells"], ["mechanism", "mechanisms"], ["therapy", "therapies"], ["other", "other mentions"]];
  return el("fieldset", { class: "switches" }, el("legend", { class: "unseen" }, "Show mentions"), names.map(([kind, name]) =>
    el("label", {}, el("input", { type: "checkbox", checked: kind !== "other", change: (event) => place.classList.toggle(`hide-${kind}`, !event.target.checked) }), " ", el("span", { class: kind }, name))));
}

function showDocument(document) {
  const about = paper(document), place = body(document), page = byId("page");
  place.classList.add("hide-other");
  const source = [about.authors, about.journal, about.year || ""].filter(Boolean).join(", ");
  fill(page,
    el("p", { class: "back" }, el("a", { href: "#documents" }, "‹ All documents")),
    el("h1", { tabindex: "-1", id: "document-title" }, about.title || about.id),
    el("p", { class: "source" }, about.retracted ? badge("retracted", "denied", "the source says that the paper was retracted") : null, source ? el("span", {}, source) : null, links(about),
      el("span", { class: "quiet" }, about.id), about.license ? el("span", { class: "quiet" }, about.license) : null),
    el("div", { class: "reading" }, el("div", {}, switches(place), place),
      el("aside", { "aria-label": "What was found in this document" }, el("h2", {}, "Found here"), foundIn(document))));
}

let leftAt = 0;
function route() {
  const asked = location.hash.match(/^#document\/(.+)$/);
  const document = asked ? documents.id.indexOf(decoded(asked[1])) : -1;
  const reading = document >= 0;
  if (reading && byId("page").hidden) leftAt = scrollY;
  const wasReading = !byId("page").hidden;
  byId("top").hidden = byId("filters").hidden = reading;
  byId("page").hidden = !reading;
  if (reading) {
    showDocument(document);
    scrollTo(0, 0);
    byId("document-title").focus({ preventScroll: true });
  } else if (wasReading) {
    fill(byId("page"));
    if (location.hash.length > 1 && byId(location.hash.slice(1))) byId(location.hash.slice(1)).scrollIntoView();
    else scrollTo(0, leftAt);
  }
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}
