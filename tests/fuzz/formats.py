"""Sound files of every format that has a reader, of hostile words: (suffix of the name, bytes)."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.fuzz.words import name, prose

Made = tuple[str, bytes]


def _bytes(text: str, random: Random) -> bytes:
    chance = random.random()
    if chance < 0.02:
        return text.encode("utf-16", "replace")
    return (b"\xef\xbb\xbf" if chance < 0.04 else b"") + text.encode("utf-8", "replace")


def _xml(text: str) -> str:
    """``text`` as XML takes it; what XML 1.0 cannot hold stays in one of ten, where it breaks the file."""
    kept = "".join(
        c if c in "\t\n" or " " <= c < "\ud800" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else " "
        for c in text
    )
    return escape(text if len(text) % 10 == 0 else kept)


def plain(random: Random) -> Made:
    blocks = [prose(random, random.randrange(1, 4)) for _ in range(random.randrange(1, 5))]
    if random.random() < 0.5:
        blocks.insert(random.randrange(len(blocks)), name(random))
    return random.choice((".txt", "", ".text")), _bytes("\n\n".join(blocks), random)


def markdown(random: Random) -> Made:
    lines = []
    if random.random() < 0.4:
        lines.append(
            "---\n"
            + "".join(f"{k}: {name(random)}\n" for k in ("pmid", "doi", "title", "authors", "date"))
            + "---\n"
        )
    for _ in range(random.randrange(1, 5)):
        lines.append(
            random.choice(("# ", "## ", "### ", "- ", "> " * random.choice((1, 60)), "    ", "| ", "* * "))
            + name(random)
        )
        lines.append(prose(random, random.randrange(1, 4)))
    return ".md", _bytes("\n\n".join(lines), random)


def jats(random: Random) -> Made:
    def paragraph(depth: int) -> str:
        text = _xml(prose(random, 1))
        if random.random() < 0.3:
            tag = random.choice(
                (
                    "italic",
                    "sup",
                    "sub",
                    "bold",
                    "xref ref-type='bibr'",
                    "fn",
                    "list",
                    "disp-quote",
                    "ext-link",
                )
            )
            text = f"{text}<{tag}>{_xml(name(random))}</{tag.split()[0]}>{_xml(prose(random, 1))}"
        if random.random() < 0.1:
            text += f"<fig><label>{_xml(name(random))}</label><caption><p>{_xml(prose(random, 1))}</p></caption></fig>"
        return f"<p>{text}</p>"

    def section(depth: int) -> str:
        inner = "".join(paragraph(depth) for _ in range(random.randrange(3)))
        if depth < 4 and random.random() < 0.4:
            inner += section(depth + 1)
        return f"<sec><title>{_xml(name(random))}</title>{inner}</sec>"

    ids = "".join(
        f"<article-id pub-id-type={quoteattr(kind)}>{_xml(name(random))}</article-id>"
        for kind in ("pmid", "pmc", "doi")
        if random.random() < 0.5
    )
    meta = (
        f"{ids}<title-group><article-title>{_xml(prose(random, 1))}</article-title></title-group>"
        f"<pub-date><year>{_xml(name(random))}</year></pub-date><abstract>{paragraph(0)}</abstract>"
    )
    body = "".join(section(0) for _ in range(random.randrange(3)))
    kind = random.choice(("", " xml:lang='en'", " article-type='review-article'"))
    text = f"<article{kind}><front><article-meta>{meta}</article-meta></front><body>{body}</body></article>"
    return random.choice((".nxml", ".xml")), _bytes(
        random.choice(("", '<?xml version="1.0"?>\n')) + text, random
    )


def medline(random: Random) -> Made:
    records = []
    for _ in range(random.choice((1, 1, 2, 5))):
        parts = "".join(
            f"<AbstractText Label={quoteattr(_xml(name(random)))}>{_xml(prose(random, random.randrange(1, 4)))}</AbstractText>"
            for _ in range(random.randrange(3))
        )
        pmid = str(random.randrange(10**8)) if random.random() < 0.8 else _xml(name(random))
        records.append(
            f"<PubmedArticle><MedlineCitation><PMID Version='1'>{pmid}</PMID><DateRevised><Year>{_xml(name(random))}</Year>"
            f"<Month>1</Month><Day>1</Day></DateRevised><Article><Journal><Title>{_xml(name(random))}</Title></Journal>"
            f"<ArticleTitle>{_xml(prose(random, 1))}</ArticleTitle><Abstract>{parts}</Abstract><Language>eng</Language>"
            f"<AuthorList><Author><LastName>{_xml(name(random))}</LastName></Author></AuthorList></Article>"
            "</MedlineCitation></PubmedArticle>"
        )
    data = _bytes(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>", random)
    return (".xml.gz", gzip.compress(data, 1, mtime=0)) if random.random() < 0.3 else (".xml", data)


def _record(random: Random) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": name(random),
        random.choice(("text", "abstract")): prose(random, random.randrange(1, 5)),
    }
    for field in ("title", "year", "authors", "language", "pmid", "journal", "sections", "doi", "retracted"):
        if random.random() < 0.2:
            record[field] = random.choice(
                (name(random), None, random.randrange(-9, 10**9), [name(random)], {name(random): 1}, 1e308, True,
                 [{"name": name(random), "start": random.randrange(-3, 60), "end": random.randrange(-3, 90)}])
            )  # fmt: skip
    if random.random() < 0.3:
        record["language"] = "en"
    return record


def json_lines(random: Random) -> Made:
    escaped = random.random() < 0.5  # with escapes, half of a surrogate pair can be written
    records = [_record(random) for _ in range(random.randrange(1, 6))]
    if escaped and random.random() < 0.3:
        records[0]["text"] = "Kupffer cells \ud83d drive fibrosis \udcff."
    lines = [json.dumps(record, ensure_ascii=escaped) for record in records]
    return random.choice((".jsonl", ".ndjson", ".json")), _bytes("\n".join(lines), random)


def json_array(random: Random) -> Made:
    return ".json", _bytes(
        json.dumps([_record(random) for _ in range(random.randrange(4))], indent=random.choice((None, 1))),
        random,
    )


def _passages(random: Random) -> list[dict[str, Any]]:
    offset, passages = 0, []
    for kind in random.choices(
        ("title", "abstract", "paragraph", "title_1", "fig_caption", "ref", "table", ""),
        k=random.randrange(1, 6),
    ):
        text = prose(random, random.randrange(1, 3))
        infons = {"type": kind, "section_type": random.choice(("TITLE", "ABSTRACT", "INTRO", "REF", ""))}
        where: Any = offset if random.random() < 0.8 else random.choice((-1, 10**13, "x", None, offset + 99))
        passages.append({"offset": where, "infons": infons, "text": text})
        offset += len(text) + 1
    return passages


def bioc_json(random: Random) -> Made:
    documents = [
        {"id": name(random), "infons": {}, "passages": _passages(random)}
        for _ in range(random.randrange(1, 3))
    ]
    return ".json", _bytes(json.dumps({"source": "s", "documents": documents}), random)


def bioc_xml(random: Random) -> Made:
    documents = ""
    for _ in range(random.randrange(1, 3)):
        passages = "".join(
            f"<passage>{''.join(f'<infon key={quoteattr(k)}>{v}</infon>' for k, v in p['infons'].items())}"
            f"<offset>{p['offset']}</offset><text>{_xml(p['text'])}</text></passage>"
            for p in _passages(random)
        )
        documents += f"<document><id>{_xml(name(random))}</id>{passages}</document>"
    return ".xml", _bytes(f"<collection><source>s</source>{documents}</collection>", random)


def pubtator(random: Random) -> Made:
    lines = []
    for _ in range(random.randrange(1, 4)):
        ident = str(random.randrange(10**8)) if random.random() < 0.7 else name(random)
        lines += [
            f"{ident}|t|{prose(random, 1)}",
            f"{ident}|a|{prose(random, 2)}",
            f"{ident}\t0\t3\tKCs\tCell\tCL:1",
            "",
        ]
    return random.choice((".pubtator", ".txt")), _bytes("\n".join(lines), random)


def delimited(random: Random) -> Made:
    file = io.StringIO()
    suffix, delimiter = random.choice(((".csv", ","), (".tsv", "\t"), (".csv", ";")))
    quoting = random.choice((csv.QUOTE_ALL, csv.QUOTE_MINIMAL))
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, escapechar="\\")
    writer.writerow(["id", "text", "title", "year"])
    for _ in range(random.randrange(1, 5)):
        writer.writerow(
            [name(random), prose(random, 2), name(random), name(random)][: random.choice((4, 4, 4, 2, 3))]
        )
    return suffix, _bytes(file.getvalue(), random)


def parquet(random: Random) -> Made:
    import pyarrow as pa
    from pyarrow import parquet as pq

    rows = [
        {"id": name(random), "text": prose(random, 2), "year": random.randrange(3000)}
        for _ in range(random.randrange(1, 4))
    ]
    clean = [
        {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for k, v in row.items()}
        for row in rows
    ]
    file = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(clean), file, compression=random.choice(("snappy", "none", "zstd", "gzip"))
    )
    return ".parquet", file.getvalue()


def pdf(random: Random) -> Made:
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, invariant=True, pageCompression=random.randrange(2))
    for _ in range(random.choice((1, 1, 2))):
        place = 760.0
        for line in range(random.randrange(3, 30)):
            canvas.setFont(
                random.choice(("Helvetica", "Times-Bold", "Courier")), random.choice((10, 10, 10, 14, 1, 60))
            )
            canvas.drawString(random.choice((72, 72, 320, -500)), place, prose(random, 1)[:90])
            place -= random.choice((12, 12, 12, 0, 300)) if line % 5 else 12
        canvas.showPage()
    canvas.save()
    return ".pdf", file.getvalue()


FORMATS: dict[str, Callable[[Random], Made]] = {
    "text": plain, "Markdown": markdown, "JATS": jats, "MEDLINE": medline, "JSON Lines": json_lines, "JSON": json_array,
    "BioC JSON": bioc_json, "BioC XML": bioc_xml, "PubTator": pubtator, "CSV": delimited, "Parquet": parquet, "PDF": pdf,
}  # fmt: skip
"""Every format by its name in the campaign's table."""
