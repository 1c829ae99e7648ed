"""Europe PMC and the E-utilities on a port of this machine, field by field as their documentation has them.

Europe PMC: https://europepmc.org/RestfulWebService and the reference PDF linked there: GET /search answers with
version, hitCount, nextCursorMark (absent on the last page since 6.6), nextPageUrl, request and resultList.result,
whose core records have the fields of `_core`; GET /{pmcid}/fullTextXML with JATS, or 404.
E-utilities: https://www.ncbi.nlm.nih.gov/books/NBK25499/: ESearch answers with eSearchResult (Count, RetMax, RetStart,
QueryKey, WebEnv, IdList, TranslationSet, QueryTranslation, ErrorList), EFetch with PubmedArticleSet
(https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/), errors as eFetchResult/ERROR with status 400.

The texts were invented for these tests. Faults are queued for a path: each takes the place of one answer.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

TEXT = "Kupffer cells were seen to take part in the fibrosis of the liver in paper {}, and not in the spleen."


@dataclass
class Paper:
    """A paper in both databases; ``jats`` and ``medline`` take the place of what is made up."""

    pmid: str | None
    pmcid: str | None = None
    doi: str | None = None
    preprint: str | None = None
    types: tuple[str, ...] = ("Review", "Journal Article")
    license: str | None = "cc by"
    open_access: bool = True
    updated: date = date(2026, 1, 10)
    version: int = 1
    text: str | None = None
    abstract: bool = True
    jats: bytes | None = None
    medline: str | None = None

    @property
    def words(self) -> str:
        return self.text or TEXT.format(self.pmid or self.pmcid or self.preprint)


@dataclass
class Fault:
    """What is sent once in place of an answer: a status with headers and body, half of the answer, or silence."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: float = 0.0


def medline(paper: Paper) -> str:
    if paper.medline is not None:
        return paper.medline
    types = "".join(f"<PublicationType UI='D0'>{name}</PublicationType>" for name in paper.types)
    abstract = (
        f"<Abstract><AbstractText>{escape(paper.words)}</AbstractText></Abstract>" if paper.abstract else ""
    )
    other = f"<ArticleId IdType='pmc'>{paper.pmcid}</ArticleId>" if paper.pmcid else ""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="{paper.version}">{paper.pmid}</PMID><DateRevised><Year>{paper.updated:%Y}</Year>
<Month>{paper.updated:%m}</Month><Day>{paper.updated:%d}</Day></DateRevised>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Internet"><PubDate><Year>2024</Year></PubDate>
</JournalIssue><Title>Journal of invented livers</Title></Journal>
<ArticleTitle>On livers &amp; cells, {paper.pmid}.</ArticleTitle>{abstract}
<Language>eng</Language><PublicationTypeList>{types}</PublicationTypeList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{paper.pmid}</ArticleId>{other}</ArticleIdList></PubmedData>
</PubmedArticle>"""


def jats(paper: Paper) -> bytes:
    if paper.jats is not None:
        return paper.jats
    pmid = f'<article-id pub-id-type="pmid">{paper.pmid}</article-id>' if paper.pmid else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<article xml:lang="en" article-type="review-article" xmlns:xlink="http://www.w3.org/1999/xlink">
<front><article-meta>{pmid}<article-id pub-id-type="pmcid">{paper.pmcid}</article-id>
<title-group><article-title>On livers, {paper.pmcid}</article-title></title-group>
<pub-date pub-type="epub"><year>2024</year></pub-date></article-meta></front>
<body><sec><title>Cells</title><p>{escape(paper.words)}</p></sec></body></article>""".encode()


class Services:
    """Both services with the papers that they know; ``asked`` is (path, parameters, headers) of each request."""

    def __init__(self) -> None:
        self.papers: list[Paper] = []
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.faults: list[tuple[str, Fault]] = []
        self.histories: dict[str, list[str]] = {}
        self.repeat_cursor = False
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        self._server = server
        threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, path: str, *faults: Fault) -> None:
        """Queue faults for the next requests whose path ends with ``path``."""
        self.faults += [(path, fault) for fault in faults]

    def paths(self, part: str) -> list[str]:
        return [path for path, _, _ in self.asked if part in path]

    def asked_for(self, part: str) -> list[dict[str, str]]:
        return [params for path, params, _ in self.asked if part in path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        services = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet an answer: two would wait for each other

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._answer(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, query: str) -> None:
                path = urlsplit(self.path).path
                params = {name: values[0] for name, values in parse_qs(query).items()}
                services.asked.append((path, params, dict(self.headers)))
                fault = services._next_fault(path)
                if fault and not fault.cut:
                    time.sleep(fault.silent)
                    self._send(fault.status, fault.body, fault.headers)
                    return
                status, body = services.answer(path, params)
                self._send(status, body, {}, cut=bool(fault))

            def _send(self, status: int, body: bytes, headers: dict[str, str], cut: bool = False) -> None:
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body[: len(body) // 2] if cut else body)
                    self.close_connection = self.close_connection or cut
                except OSError:  # the client gave up waiting
                    self.close_connection = True

        return Handler

    def _next_fault(self, path: str) -> Fault | None:
        for index, (suffix, fault) in enumerate(self.faults):
            if path.endswith(suffix):
                del self.faults[index]
                return fault
        return None

    def answer(self, path: str, params: dict[str, str]) -> tuple[int, bytes]:
        if path == "/epmc/search":
            return 200, self._search(params)
        if found := re.fullmatch(r"/epmc/(\w+)/fullTextXML", path):
            return self._full_text(found[1])
        if path == "/eutils/esearch.fcgi":
            return 200, self._esearch(params)
        if path == "/eutils/efetch.fcgi":
            return self._efetch(params)
        return 404, b"not found"

    # Europe PMC

    def _search(self, params: dict[str, str]) -> bytes:
        found = [paper for paper in self.papers if _fits(paper, params["query"])]
        found.sort(key=lambda paper: paper.updated, reverse=True)
        cursor, size = params.get("cursorMark", "*"), int(params.get("pageSize", "25"))
        start = 0 if cursor == "*" else int(cursor.removeprefix("AoE"))
        part = found[start : start + size]
        answer: dict[str, object] = {"version": "6.9", "hitCount": len(found)}
        if start + size < len(found) or self.repeat_cursor:
            answer["nextCursorMark"] = cursor if self.repeat_cursor else f"AoE{start + size}"
            answer["nextPageUrl"] = "https://www.ebi.ac.uk/…"
        answer["request"] = {"queryString": params["query"], "resultType": params.get("resultType", "lite")}
        return json.dumps({**answer, "resultList": {"result": [_core(paper) for paper in part]}}).encode()

    def _full_text(self, pmcid: str) -> tuple[int, bytes]:
        for paper in self.papers:
            if paper.pmcid == pmcid and paper.open_access:
                return 200, jats(paper)
        return 404, b""

    # E-utilities

    def _esearch(self, params: dict[str, str]) -> bytes:
        term = params["term"]
        found = [p.pmid for p in self.papers if p.pmid and _fits_pubmed(p, term)]
        start, most = int(params.get("retstart", "0")), int(params.get("retmax", "20"))
        web_env = f"MCID_{len(self.histories):024x}"
        history = ""
        if params.get("usehistory") == "y":
            self.histories[web_env] = list(found)
            history = f"<QueryKey>1</QueryKey><WebEnv>{web_env}</WebEnv>"
        ids = "".join(f"<Id>{pmid}</Id>" for pmid in found[start : start + most])
        errors = "<ErrorList><FieldNotFound>nosuch</FieldNotFound></ErrorList>" if "[nosuch]" in term else ""
        return f"""<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">
<eSearchResult><Count>{len(found)}</Count><RetMax>{most}</RetMax><RetStart>{start}</RetStart>{history}<IdList>{ids}</IdList>
<TranslationSet/><QueryTranslation>{escape(term)}</QueryTranslation>{errors}</eSearchResult>""".encode()

    def _efetch(self, params: dict[str, str]) -> tuple[int, bytes]:
        if "WebEnv" in params:
            kept = self.histories.get(params["WebEnv"])
            if kept is None or params.get("query_key") != "1":
                return 400, _efetch_error("Cannot retrieve history data. query_key: 1, WebEnv: lost")
            start, most = int(params.get("retstart", "0")), int(params.get("retmax", "20"))
            ids = kept[start : start + most]
        else:
            ids = params["id"].split(",")
        by_id = {paper.pmid: paper for paper in self.papers}
        records = "\n".join(medline(by_id[pmid]) for pmid in ids if pmid in by_id)
        return (
            200,
            f"""<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>{records}</PubmedArticleSet>""".encode(),
        )


def _efetch_error(text: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE eEfetchResult PUBLIC "-//NLM//DTD efetch 20131226//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20131226/efetch.dtd">
<eFetchResult><ERROR>{text}</ERROR></eFetchResult>""".encode()


def _core(paper: Paper) -> dict[str, object]:
    source = "MED" if paper.pmid else "PPR" if paper.preprint else "PMC"
    fields = {
        "id": paper.pmid or paper.preprint or paper.pmcid,
        "source": source,
        "pmid": paper.pmid,
        "pmcid": paper.pmcid,
        "doi": paper.doi,
        "title": f"On <i>livers</i>, {paper.pmid or paper.preprint}",
        "authorString": "Doe J, Roe R.",
        "authorList": {"author": [{"fullName": "Doe J", "firstName": "Jane", "lastName": "Doe"}]},
        "journalInfo": {"journal": {"title": "Journal of invented livers"}, "yearOfPublication": 2024},
        "pubYear": "2024",
        "abstractText": f"<h4>Background</h4>{paper.words} <h4>Results</h4>It was so (p < 0.05)."
        if paper.abstract
        else None,
        "language": "eng",
        "pubTypeList": {"pubType": list(paper.types)},
        "isOpenAccess": "Y" if paper.open_access and paper.pmcid else "N",
        "inEPMC": "Y" if paper.pmcid else "N",
        "inPMC": "N",
        "license": paper.license,
        "dateOfRevision": paper.updated.isoformat(),
        "firstPublicationDate": "2024-01-01",
    }
    return {name: value for name, value in fields.items() if value is not None}


def _fits(paper: Paper, query: str) -> bool:
    ids = {
        *re.findall(r"EXT_ID:(\w+)", query),
        *re.findall(r"PMCID:(\w+)", query),
        *re.findall(r'DOI:"([^"]+)"', query),
    }
    if ids:
        return bool(ids & {paper.pmid, paper.pmcid, paper.preprint, (paper.doi or "").lower()})
    since = re.search(r"UPDATE_DATE:\[(\S+) TO", query)
    types = re.findall(r'PUB_TYPE:"([^"]+)"', query)
    return (
        (since is None or paper.updated >= date.fromisoformat(since[1]))
        and (not types or bool(set(types) & set(paper.types)))
        and ("OPEN_ACCESS:y" not in query or (paper.open_access and paper.pmcid is not None))
    )


def _fits_pubmed(paper: Paper, term: str) -> bool:
    if ids := re.findall(r"(\d+)\[pmid\]", term):
        return paper.pmid in ids
    if doi := re.search(r'"([^"]+)"\[doi\]', term):
        return (paper.doi or "").lower() == doi[1]
    since = re.search(r"(\d{4})/(\d\d)/(\d\d):3000/12/31\[crdt\]", term)
    types = re.findall(r'"([^"]+)"\[pt\]', term)
    return (since is None or paper.updated >= date(*map(int, since.groups()))) and (
        not types or bool(set(types) & set(paper.types))
    )
