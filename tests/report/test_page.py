"""The file and the command."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.report.write import SCRIPTS
from tests.report.tables import write_tables


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_tables(folder / "out")
    done = CliRunner().invoke(
        app, ["report", str(folder / "out"), "-o", str(folder / "r.html"), "--title", "Livers"]
    )
    return done, folder


@pytest.fixture(scope="module")
def page(made):
    return (made[1] / "r.html").read_text("utf-8")


def test_the_command_says_what_it_wrote(made):
    done, folder = made
    assert done.exit_code == 0
    assert re.fullmatch(
        rf"\d+ claims, 6 sentences, 6 documents in {re.escape(str(folder))}/r.html \(\d\.\d MB\)\.\n",
        done.stderr,
    )


def test_nothing_runs_but_what_the_policy_names(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy and "http" not in policy
    running = re.findall(r"<script>(.*?)</script>", page, re.S)
    styles = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert (len(running), len(styles)) == (3, 1)
    for text in (*running, *styles):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    own = running[-1]
    for danger in ("innerHTML", "insertAdjacentHTML", "outerHTML", "document.write", "eval(", "new Function"):
        assert danger not in own


def test_nothing_is_asked_of_the_network(page):
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"""\b(?:src|href)\s*=\s*["'](?!#)""", outside)
    assert "url(" not in re.search(r"<style>(.*?)</style>", page, re.S)[1].replace("url(data:", "")


def test_every_part_of_the_page_is_in_it_once(page):
    parts = {file.name for file in (resources.files("pipeline.report") / "page").iterdir()}
    assert parts == {*SCRIPTS, "style.css", "template.html"}
    assert "{{" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)


def test_the_libraries_keep_their_licences(page):
    vendor = resources.files("pipeline.report") / "vendor"
    readme = (vendor / "README.md").read_text("utf-8")
    for file in vendor.iterdir():
        if file.name.endswith((".js", ".css")):
            assert hashlib.sha256(file.read_bytes()).hexdigest() in readme, (
                f"{file.name}: not as its README says"
            )
    for words in (
        "Apache License",
        "Copyright (c) 2015-2026 Oli Folkerd",
        "Baidu",
        "Apache Software Foundation",
    ):
        assert words in page


def test_wrong_usage_in_one_sentence(made, tmp_path):
    folder = made[1]
    done = CliRunner().invoke(app, ["report", str(folder / "out"), "-o", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path}: is a folder; name a file in it with -o.\n")
    done = CliRunner().invoke(app, ["report", str(tmp_path / "none"), "-o", str(tmp_path / "r.html")])
    assert done.exit_code == 1
    assert "kupffer refresh" in done.stderr and done.stderr.count("\n") == 1
    done = CliRunner().invoke(app, ["report", str(folder / "out"), "-o", str(tmp_path / "no" / "r.html")])
    assert done.exit_code == 1
    assert str(tmp_path / "no") in done.stderr and done.stderr.count("\n") == 1
