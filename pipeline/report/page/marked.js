// Sentences and texts with their mentions in colour.

// Offsets count characters as Python does; a text with characters beyond the first plane is cut by those.
class Text {
  constructor(text, start) {
    this.start = start;
    this.units = /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
    this.end = start + this.units.length;
  }

  slice(from, to) {
    const part = this.units.slice(Math.max(from, this.start) - this.start, Math.max(to, this.start) - this.start);
    return typeof part === "string" ? part : part.join("");
  }
}

const textsOf = new Map();
function stretches(document) {
  if (!textsOf.has(document))
    textsOf.set(document, pages().documents[document][0].map(([start, text]) => new Text(text, start)));
  return textsOf.get(document);
}

// Puts text[from:to] under `parent`, each span's part of it in the element that `span.make()` gives.
// Spans are {start, end, make}; those inside others come after them, and what crosses a border is cut there.
function marked(parent, text, from, to, spans) {
  const sorted = spans.filter((span) => span.end > from && span.start < to)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  let next = 0;
  const walk = (parent, from, to) => {
    let at = from;
    while (next < sorted.length && sorted[next].start < to) {
      const span = sorted[next++];
      const start = Math.max(span.start, at), end = Math.min(span.end, to);
      if (start >= end) continue;
      parent.append(text.slice(at, start));
      const made = span.make();
      walk(made, start, end);
      parent.append(made);
      at = end;
    }
    parent.append(text.slice(at, to));
  };
  walk(parent, from, to);
  return parent;
}

const mark = (kind, title) => el("mark", { class: kind, title });

// The cue's place in a sentence, where the words stand in it as they are.
function cueSpan(sentence, start, cue, kind) {
  if (!cue) return [];
  const at = sentence.toLowerCase().search(new RegExp(`(?<![\\p{L}\\d])${escaped(cue.toLowerCase())}(?![\\p{L}\\d])`, "u"));
  if (at < 0) return [];
  const from = start + Array.from(sentence.slice(0, at)).length;
  return [{ start: from, end: from + Array.from(cue).length, make: () => mark(`cue ${kind}`, kind) }];
}
const escaped = (words) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// A row of evidence: its sentence with the slots coloured, and what the text says of it.
function sentenceOf(row) {
  const document = evidence.document[row], start = evidence.start[row], end = start + evidence.length[row];
  const text = stretches(document).find((part) => part.start <= start && end <= part.end)
    ?? stretches(document).find((part) => part.start <= start && start < part.end);
  const quote = el("blockquote");
  if (!text) return quote;
  const spans = SLOTS.filter((slot) => evidence[slot][row]).map((slot) => {
    const [from, length] = evidence[slot][row];
    return { start: start + from, end: start + from + length, make: () => mark(slot, slot) };
  });
  const plain = text.slice(start, end);
  if (evidence.cues[row]) {
    spans.push(...cueSpan(plain, start, evidence.cues[row][0], "denied"));
    spans.push(...cueSpan(plain, start, evidence.cues[row][1], "speculated"));
  }
  return marked(quote, text, start, end, spans);
}

function flagsOf(row) {
  const [denies, supposes] = evidence.cues[row] || ["", ""];
  return [
    evidence.flags[row] & NEGATED ? badge(denies ? `denied: “${denies}”` : "denied", "denied", "the text denies it") : null,
    evidence.flags[row] & SPECULATED
      ? badge(supposes ? `speculated: “${supposes}”` : "speculated", "speculated", "the text only proposes, plans or asks it") : null,
  ];
}

const pageLink = (document) => `#document/${encodeURIComponent(documents.id[document])}`;

function evidenceItem(row) {
  const document = evidence.document[row], about = paper(document);
  const source = [about.authors, about.journal, about.year || ""].filter(Boolean).join(", ");
  return el("li", { class: "said" }, sentenceOf(row), el("p", { class: "source" },
    flagsOf(row), about.retracted ? badge("retracted", "denied", "the paper was retracted") : null,
    el("a", { href: pageLink(document), class: "paper", title: about.title }, about.title || about.id),
    source ? el("span", { class: "quiet" }, source) : null, links(about),
    el("span", { class: "quiet", title: "how sure the program is of this row" }, `confidence ${evidence.confidence[row].toFixed(2)}`)));
}

function evidenceList(claim) {
  const all = Array.from({ length: first[claim + 1] - first[claim] }, (_, at) => first[claim] + at);
  return growing(el("ul", { class: "evidence" }), all, evidenceItem, 10);
}
