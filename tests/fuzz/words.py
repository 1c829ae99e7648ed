"""Texts to build inputs of: sentences that the pipeline has something to say of, and pieces that programs trip over."""

from __future__ import annotations

from random import Random

SENTENCES = (
    "Kupffer cells drive fibronectin deposition in the injured liver.",
    "CSF1R inhibition depletes tumor-associated macrophages and may restore T-cell cytotoxicity.",
    "CCR2/CCR5 blockade limits the recruitment of monocytes and reprograms those macrophages that remain.",
    "Myeloid-derived suppressor cells (MDSCs) did not expand after radiotherapy.",
    "These cells secrete IL-10, TGF-β1 and arginase-1, which suppress the proliferation of CD8+ T cells.",
    "Anti-PD-1 antibodies reinvigorate exhausted CD8⁺ T cells, whereas imatinib reduces Tregs.",
    "Whether CAR-T cells (anti-CD19) kill senescent hepatic stellate cells remains to be determined.",
    "Neutrophil extracellular traps promoted metastasis in mice; DNase I prevented this.",
    "We hypothesise that dendritic cell vaccines induce antitumor immunity by IFN-γ release.",
    "Natural killer (NK) cells, B cells and γδ T cells infiltrate the tumor (Fig. 2a, n = 12, p < 0.001).",
)
NAMES = (
    "cells",
    "MDSCs",
    "abstract",
    "PMC3102344",
    "29768149",
    "10.1000/xyz",
    "2021",
    "Methods",
    "en",
    "Results",
)
# Letters whose lower or upper case is longer than they are, marks that stand on others, marks that cannot be seen,
# text that runs the other way, what spreadsheets, shells, terminals, paths and formats take for their own.
HOSTILE = (
    "İ", "ß", "ŉ", "ǰ", "ΐ", "ﬁ", "ﬃ", "Ǆ", "ſ", "K", "Å", "²", "½", "⑴", "㎎", "𝐓", "𝔸𝔹", "Ⅷ", "µ", "μ", "ẞ",
    "\u0301", "e\u0301", "\u0300" * 40, "a\u0323\u0307", "\u1100\u1161\u11a8", "각", "क्षि", "\u0f71\u0f72\u0f74",
    "\u202e", "\u202d", "\u2066", "\u200f", "\u061c", "מקרופאגים", "الخلايا البلعمية", "巨噬细胞", "マクロファージ",
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u3164", "\u115f", "\U000e0041",
    "\0", "\x01", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\x9b", "\r", "\r\n", "\n", "\t", "\u2028",
    "\u2029", "\u00a0", "\u3000", "\ufffd", "\ufffe", "\uffff", "\ufdd0", "\ufdd1", "\ufdd2", "\U0010ffff", "👩‍🔬", "🧬",
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "../../../etc/passwd", "..", ".",
    "/", "\\", "C:\\x", "~", "$(id)", "`id`", "; rm", "'", "\"", "''", "\"\"", "<", ">", "&", "&amp;", "&alpha;", "&#0;",
    "&#x110000;", "]]>", "<![CDATA[", "<!--", "-->", "<b>", "</p>", "%s", "%n", "{0}", "{}", "\\u0000", "\\ud83d", "(", ")",
    "((((", "))))", "[", "]", "{", "}", "()", "(a)", "(AB)", "-", "--", "–", "—", "/", "|", "|t|", "|a|", ",", ";", ":",
    "...", "?!", "1.", "e.g.", "A.B.C.", "1e309", "-0", "NaN", "null", "0x41", "99999999999999999999", "+/-", "CD4+CD25+",
    "IL-", "-induced", "anti-", "https://x.y/z?a=b#c", "a@b.c", "10^6", "α-SMA+", "H₂O₂", "Ca2+", "T-", "-/-", "^", "*", "_",
    "# ", "## h", "---", "```", "- ", "1) ", "> ", "![x](y)", "[^1]:", "\t\t", "  ", " ",
)  # fmt: skip


def piece(random: Random) -> str:
    """One hostile piece, sometimes many times over or as one long word."""
    chance = random.random()
    chosen = random.choice(HOSTILE)
    if chance < 0.06:
        return chosen * random.choice((2, 10, 100, 1000))
    if chance < 0.09:
        return random.choice("aA1(-.,α\u0301") * random.choice((50, 300, 3000))
    if chance < 0.14:
        return "".join(
            chr(random.choice((random.randrange(32, 0xD800), random.randrange(0xE000, 0x11000))))
            for _ in range(12)
        )
    return chosen


def prose(random: Random, sentences: int) -> str:
    """``sentences`` sentences, with pieces put into some of them."""
    out = []
    for _ in range(sentences):
        words = random.choice(SENTENCES).split(" ")
        if random.random() < 0.15:
            random.shuffle(words)
        for _ in range(random.choice((0, 0, 1, 1, 2, 6))):
            place = random.randrange(len(words))
            if random.random() < 0.5:  # inside a word
                cut = random.randrange(len(words[place]) + 1)
                words[place] = words[place][:cut] + piece(random) + words[place][cut:]
            else:
                words.insert(place, piece(random))
        out.append(random.choice((" ", " ", " ", "", "  ", "\u00a0")).join(words))
    return random.choice((" ", " ", "\n", "\n\n", "")).join(out)


def name(random: Random) -> str:
    """An id, a heading, a year: usual or hostile."""
    return (
        piece(random)
        if random.random() < 0.4
        else random.choice(NAMES) + random.choice(("", "", str(random.randrange(99))))
    )
