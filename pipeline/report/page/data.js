// What the report shows, as the page reads it (pipeline/report/payload.py writes it).

const SLOTS = ["cell", "mechanism", "therapy"];
const CELL_ROLES = ["drives", "suppresses", "undergoes"];
const THERAPY_ROLES = ["promotes", "inhibits", "targets"];
const TYPES = ["cell", "mechanism", "therapy", "gene", "chemical", "disease", "anatomy", "organism"];
const NEGATED = 1, SPECULATED = 2;

const data = JSON.parse(byId("data-main").textContent);
const { counts, claims, evidence, terms, documents } = data;

// Texts and mentions are most of the file and are wanted only when somebody reads: they are parsed then.
let parsed = null;
function pages() {
  parsed ??= JSON.parse(byId("data-pages").textContent);
  return parsed;
}

const claimCount = claims.id.length;

// first[n] is claim n's first row of evidence, first[n + 1] one past its last.
const first = [0];
for (const rows of evidence.of) first.push(first[first.length - 1] + rows);

const termName = (term) => terms[term][1];
const slotOf = (term) => SLOTS[terms[term][0]];

const yearsOf = (claim) => {
  const years = [];
  for (let row = first[claim]; row < first[claim + 1]; row++) {
    const year = documents.year[evidence.document[row]];
    if (year) years.push(year);
  }
  return years;
};

// What a search looks through: names, identifiers and the words that papers use, in small letters.
const plainText = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const termText = terms.map(([, name, curie, forms]) => plainText([name, curie, ...forms].join(" ")));
const claimText = claims.id.map((id, claim) =>
  SLOTS.map((slot) => (claims[slot][claim] < 0 ? "" : termText[claims[slot][claim]])).join(" ") + " " + id);

const rows = claims.id.map((id, claim) => {
  const years = yearsOf(claim);
  const name = (slot) => (claims[slot][claim] < 0 ? "" : termName(claims[slot][claim]));
  return {
    id: claim,
    cell: name("cell"), mechanism: name("mechanism"), therapy: name("therapy"),
    papers: claims.papers[claim], evidence: claims.evidence[claim], confidence: claims.confidence[claim],
    from: years.length ? Math.min(...years) : 0, last: years.length ? Math.max(...years) : 0,
  };
});

// The rows of evidence that each document gives.
const evidenceOf = documents.id.map(() => []);
const claimOf = [];
for (let claim = 0; claim < claimCount; claim++)
  for (let row = first[claim]; row < first[claim + 1]; row++) {
    evidenceOf[evidence.document[row]].push(row);
    claimOf.push(claim);
  }

const paper = (document) => Object.fromEntries(Object.keys(documents).map((key) => [key, documents[key][document]]));

// "Kupffer cell drives fibrosis, CSF1R blockade inhibits it", for those who hear it.
function spoken(claim) {
  const row = rows[claim];
  const cell = row.cell ? `${row.cell} ${CELL_ROLES[claims.cell_role[claim]]} ${row.mechanism}` : "";
  const therapy = row.therapy
    ? `${row.therapy} ${THERAPY_ROLES[claims.therapy_role[claim]]} ${cell ? "it" : row.mechanism}` : "";
  return [cell, therapy].filter(Boolean).join(", ");
}
