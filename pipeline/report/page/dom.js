// Elements. Somebody's words get into the page as text only: nothing here takes HTML.

const byId = (id) => document.getElementById(id);

// el("p", {class: "note"}, "text", other) -> an element; functions become listeners, children nodes or text.
function el(name, about = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return parent;
}

const number = (value) => value.toLocaleString("en");
const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// Links are built from identifiers of a known form and go nowhere else.
const PLACES = [
  ["pmid", "PubMed", /^\d{1,9}$/, (id) => `https://pubmed.ncbi.nlm.nih.gov/${id}/`],
  ["pmcid", "PMC", /^PMC\d{1,9}$/, (id) => `https://pmc.ncbi.nlm.nih.gov/articles/${id}/`],
  ["doi", "doi", /^10\.\d{4,9}\/\S+$/, (id) => `https://doi.org/${id.split("/").map(encodeURIComponent).join("/")}`],
];

function links(paper) {
  return PLACES.filter(([key, , form]) => form.test(paper[key])).map(([key, name, , place]) =>
    el("a", { href: place(paper[key]), target: "_blank", rel: "noopener noreferrer", class: "out",
      "aria-label": `${name} ${paper[key]}, opens in a new tab` }, name));
}

const badge = (text, kind, title) => el("span", { class: `badge ${kind}`, title }, text);

// Runs `work` when nobody has called for `wait` milliseconds.
function later(work, wait) {
  let waiting;
  return () => { clearTimeout(waiting); waiting = setTimeout(work, wait); };
}

// A list that grows by a button, so that thousands of entries cost nothing until somebody asks.
function growing(parent, items, make, step) {
  const more = el("button", { type: "button", class: "more", click: () => show() });
  let shown = 0;
  function show() {
    const next = items.slice(shown, shown + step).map(make);
    shown += next.length;
    more.before(...next);
    more.textContent = `Show ${number(Math.min(step, items.length - shown))} more of ${number(items.length - shown)}`;
    if (shown >= items.length) more.remove();
    else if (next.length && shown > step) next[0].querySelector("a, button, summary")?.focus();
  }
  parent.append(more);
  show();
  return parent;
}
