from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows import server

ROOT = Path(__file__).parents[2]


def test_a_configured_server_that_does_not_answer_is_named():
    from prefect.settings import PREFECT_API_URL, temporary_settings

    url = "http://127.0.0.1:9/api"
    with (
        temporary_settings(updates={PREFECT_API_URL: url}),
        pytest.raises(ConnectionError, match=f"{url} does not answer.*unset PREFECT_API_URL"),
        server.prefect_server(),
    ):
        pass


def test_a_server_that_dies_is_named_with_its_log(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with pytest.raises(ConnectionError, match=r"server\.log says why"):
        server._wait_until_up("http://127.0.0.1:9/api", process, tmp_path)


@pytest.mark.parametrize("theirs", [True, False])
def test_only_who_has_no_prefect_gets_a_home_for_it(tmp_path, monkeypatch, theirs):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    if theirs:
        (tmp_path / ".prefect").mkdir()
    environment: dict[str, str] = {}
    monkeypatch.setattr(server.os, "environ", environment)
    monkeypatch.setattr(Path, "expanduser", lambda path: Path(str(path).replace("~", str(tmp_path))))
    server.keep_prefect_inside(tmp_path / "out")
    assert environment == ({} if theirs else {"PREFECT_HOME": str(tmp_path / "out" / ".prefect")})


def test_a_proxy_is_kept_out_of_talk_with_this_machine(monkeypatch):
    import os

    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.delenv("no_proxy", raising=False)
    with server._no_proxy():
        assert os.environ["NO_PROXY"] == "intranet,127.0.0.1"
        assert os.environ["no_proxy"] == "intranet,127.0.0.1"
    assert os.environ["NO_PROXY"] == "intranet"
    assert "no_proxy" not in os.environ


INTERRUPTED = """
import sys
from pathlib import Path

from flows import server

server.keep_prefect_inside(Path(sys.argv[1]))
server._say_the_rest = lambda patience: None  # as if its time had run out

from prefect import flow, get_run_logger

@flow
def talk():
    get_run_logger().info("a line that is still unsent when the server ends")
    raise KeyboardInterrupt

try:
    with server.prefect_server(Path(sys.argv[1]) / ".prefect"):
        talk()
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""


@pytest.mark.slow
def test_log_lines_that_an_interrupt_leaves_unsent_are_given_up_quietly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stderr.endswith("interrupted\n")
    assert "Error logging to API" not in done.stderr
