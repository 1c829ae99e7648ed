"""PDFs are read by a process of their own, which may die of one without anybody else's harm."""

from __future__ import annotations

import gzip
import io
import os
import signal
import zlib
from pathlib import Path

import pytest
import two_columns

from pipeline.limits import Overtime
from pipeline.read import pdf_process, read
from pipeline.read.pdf_process import parts_apart
from pipeline.read.trouble import Trouble
from pipeline.settings import Settings
from tests.fuzz.bombs import GIANTS, page


def answer(data: bytes, tmp_path: Path, seconds: float = 60.0, memory: int = 256 << 20) -> str | None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    with path.open("rb") as file:
        return parts_apart(file, 10**6, seconds, memory)[0]


@pytest.fixture
def sound(tmp_path):
    """Whether a sound PDF can be read now."""

    def read_one() -> bool:
        return answer(two_columns.draw(), tmp_path) == two_columns.TITLE

    return read_one


def test_what_unpacks_to_more_memory_than_it_may_have_is_told(tmp_path, sound):
    bomb = page(b"\0" * 300_000_000)
    with pytest.raises(Trouble, match=r"more than 256 MB.*KUPFFER_PDF_MEMORY_BYTES"):
        answer(bomb, tmp_path)
    assert sound()


def test_time_is_that_of_the_process(tmp_path, sound):
    folder = tmp_path / "laughs"
    folder.mkdir()
    GIANTS["PDF"]["laughs"](folder)
    with pytest.raises(Overtime):
        answer((folder / "a.pdf").read_bytes(), tmp_path, seconds=0.3)
    [failure] = read([folder], settings=Settings(max_seconds=0.3))
    assert failure.error == "too-slow"
    assert sound()


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGSEGV, "broken"), (signal.SIGKILL, "too-large"), (signal.SIGXCPU, None)]
)
def test_a_death_is_told_and_the_next_is_read(tmp_path, sound, number, error):
    assert sound()
    process = pdf_process._local.process
    os.kill(process._process.pid, number)
    process._process.wait()
    with pytest.raises(Trouble if error else Overtime) as raised:
        answer(two_columns.draw(), tmp_path)
    assert getattr(raised.value, "error", None) == error
    assert sound()


def test_one_process_serves_all_and_ends_when_told(sound):
    assert sound()
    process = pdf_process._local.process
    assert sound()
    assert pdf_process._local.process is process
    process.end()
    assert process._process.returncode is not None
    assert sound()


def test_a_fork_has_one_of_its_own(sound):
    assert sound()
    process = pdf_process._local.process
    child = os.fork()
    if not child:
        fine = sound() and pdf_process._local.process is not process
        pdf_process._local.process.end()
        process.end()
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert sound()
    assert pdf_process._local.process is process


def test_packed_ones_are_handed_on(tmp_path):
    (tmp_path / "a.pdf.gz").write_bytes(gzip.compress(two_columns.draw(), 1))
    assert [document.title for document in read([tmp_path])] == [two_columns.TITLE]


def test_nothing_is_imported_from_where_the_user_stands(tmp_path, sound, monkeypatch):
    (tmp_path / "pdfplumber.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    monkeypatch.setattr(pdf_process, "_local", pdf_process._Local())
    assert sound()
    pdf_process._local.process.end()


def test_without_unix_sockets_it_is_read_here(tmp_path, monkeypatch):
    monkeypatch.delattr(pdf_process.socket, "send_fds")
    monkeypatch.setattr(pdf_process, "Process", None)
    title, _ = parts_apart(io.BytesIO(two_columns.draw()), 10**6, 60.0, 1 << 28)
    assert title == two_columns.TITLE
    with pytest.raises(Trouble):
        parts_apart(io.BytesIO(b"%PDF-1.4\n" + zlib.compress(b"x")), 10**6, 60.0, 1 << 28)
