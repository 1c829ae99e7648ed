// Counts, contradictions, and what was left out.

function showCounts() {
  const about = data.about, shown = evidence.document.length;
  const tiles = [
    ["documents", counts.documents, "document", counts.retracted ? `${number(counts.retracted)} retracted` : "read"],
    ["documents", counts.mentions, "mention", "cells, mechanisms, therapies and more"],
    ["claims", counts.triples - counts.linked - counts.rejected, "statement", `${number(counts.negated)} denied · ${number(counts.speculated)} speculated`],
    ["claims", counts.claims, "claim", `${number(counts.several)} in several papers`],
    ["contradictions", counts.contradicted, "contradicted claim", "by others on the same things"],
    ["left-out", counts.failures, "left out", "with the reason", "left out"],
  ];
  fill(byId("counts"), tiles.map(([to, count, name, more, many]) => el("li", {}, el("a", { href: `#${to}` },
    el("strong", {}, number(count)), " ", el("span", {}, count === 1 ? name : many ?? `${name}s`), " ", el("small", {}, more)))));
  byId("lead").textContent = `${plural(counts.claims, "claim")} on which cells do what, and which therapies change it, from ${plural(counts.documents, "document")}, each with its sentences.`;
  const limits = [];
  if (shown < about.evidence_in_all) limits.push(`This file shows ${number(claimCount)} claims with ${number(shown)} of ${number(about.evidence_in_all)} statements, the contradicted and the surest; the tables hold all.`);
  if (counts.retracted) limits.push("No claim rests on retracted papers.");
  if (counts.rejected) limits.push(`${plural(counts.rejected, "statement")} that a curator rejected ${counts.rejected === 1 ? "is" : "are"} in the tables and in no claim.`);
  if (counts.linked) limits.push(`${plural(counts.linked, "row")} that a curated table links to a therapy ${counts.linked === 1 ? "is" : "are"} in the tables and not here: the text does not say so itself.`);
  byId("limits").textContent = limits.join(" ");
  byId("limits").hidden = !limits.length;
  const made = new Date(about.made);
  byId("colophon").textContent = `Kupffer ${about.version}${about.run ? `, run ${about.run}` : ""}, ${made.toLocaleDateString("en", { year: "numeric", month: "long", day: "numeric" })}`;
}

// Claims that contradict each other hang together in a group; a group is shown once.
function contradictions() {
  const seen = new Set(), groups = [];
  for (let claim = 0; claim < claimCount; claim++) {
    if (seen.has(claim) || !claims.against_in_all[claim]) continue;
    const group = [], waiting = [claim];
    while (waiting.length) {
      const next = waiting.pop();
      if (seen.has(next)) continue;
      seen.add(next);
      group.push(next);
      waiting.push(...claims.against[next]);
    }
    groups.push(group.sort((a, b) => claims.papers[b] - claims.papers[a] || a - b));
  }
  return groups.sort((a, b) => weight(b) - weight(a));
}

// The more both sides have to say, the more a contradiction is worth reading.
const weight = (group) => Math.min(...group.map((claim) => claims.evidence[claim])) + group.reduce((sum, claim) => sum + claims.evidence[claim], 0) / 100;

function showContradictions() {
  const groups = contradictions();
  const place = fill(byId("contradictions-list"));
  if (!groups.length) return place.append(el("p", { class: "note" }, "No claim contradicts another."));
  growing(place, groups, (group) => el("div", { class: "group" }, group.map((claim) => {
    const side = el("details", { class: "side" },
      el("summary", {}, statement(claim), el("span", { class: "quiet" }, `${plural(claims.papers[claim], "paper")}, ${plural(claims.evidence[claim], "sentence")}, confidence ${claims.confidence[claim].toFixed(2)}`)));
    side.addEventListener("toggle", () => { if (side.open && !side.querySelector(".evidence")) side.append(evidenceList(claim)); });
    return side;
  })), 8);
}

// Messages name their file, for they stand alone elsewhere; here it stands before them.
const withoutName = (why, what) => (what && why.startsWith(what) ? why.slice(what.length).replace(/^\s*:?\s*/, "") : why);

function showLeftOut() {
  const place = fill(byId("left-out-list")), { kinds, rows: failed } = data.failures;
  if (!counts.failures) place.append(el("p", { class: "note" }, "Everything was read."));
  for (const [stage, error, count] of kinds) {
    const ones = failed.filter((row) => row[1] === stage && row[2] === error);
    const part = el("details", {}, el("summary", {}, `${stage}: ${error} `, el("span", { class: "quiet" }, number(count))));
    part.addEventListener("toggle", () => {
      if (!part.open || part.querySelector("ul")) return;
      part.append(growing(el("ul", { class: "failed" }), ones, ([what, , , why]) => el("li", {}, el("code", {}, what), " ", withoutName(why, what)), 50));
      if (ones.length < count) part.append(el("p", { class: "note" }, `${number(count - ones.length)} more in the table of failures.`));
    });
    if (count <= 10 && kinds.length <= 4) part.open = true;
    place.append(part);
  }
  const empty = documents.id.map((_, at) => at).filter((at) => !evidenceOf[at].length);
  if (!empty.length || evidence.document.length < data.about.evidence_in_all) return;
  const part = el("details", {}, el("summary", {}, "read, but no claim found ", el("span", { class: "quiet" }, number(empty.length))));
  part.addEventListener("toggle", () => {
    if (part.open && !part.querySelector("ul")) part.append(growing(el("ul", { class: "failed" }), empty, (at) =>
      el("li", {}, el("a", { href: pageLink(at) }, documents.title[at] || documents.id[at]), " ", el("span", { class: "quiet" }, nothingFound(at))), 25));
  });
  place.append(part);
}
