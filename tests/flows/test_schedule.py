from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from flows import notify as notifying
from flows.refresh import refresh
from flows.schedule import checked
from pipeline.settings import Settings
from pipeline.store import read_table

ROOT = Path(__file__).parents[2]


def test_what_would_fail_at_night_is_told_at_once(tmp_path):
    good = {"corpus": tmp_path, "outputs": tmp_path / "out", "runner": "processes"}
    checked("0 3 * * 1", good, "Europe/Paris")
    with pytest.raises(ValueError, match="'every day' is no cron expression"):
        checked("every day", good)
    with pytest.raises(ValueError, match="'Paris' is no time zone"):
        checked("0 3 * * 1", good, "Paris")
    with pytest.raises(ValueError, match="no such folder"):
        checked("0 3 * * 1", good | {"corpus": tmp_path / "none"})
    with pytest.raises(ValueError, match="workers"):
        checked("0 3 * * 1", good | {"workers": "many"})


def test_the_form_of_the_pages_has_types_and_says_what_each_parameter_is():
    form = parameter_schema(refresh)
    assert form.required == ["corpus", "outputs"]
    assert all(field.get("description") for field in form.properties.values()), form.properties
    assert form.properties["corpus"]["format"] == "path"
    assert form.properties["fetch"]["type"] == "boolean"
    assert form.definitions["Runner"]["enum"] == ["serial", "processes", "dask"]


def test_the_file_for_a_work_pool_names_the_flow_and_its_parameters():
    (deployment,) = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    assert flow.name == "refresh"
    checked(deployment["schedules"][0]["cron"], deployment["parameters"] | {"corpus": ROOT / "corpus"})
    assert deployment["concurrency_limit"] == 1


@pytest.fixture
def webhook(monkeypatch):
    said = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/hook"
    monkeypatch.setattr(notifying, "settings", lambda: Settings(notify_url=address))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield said
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_failure_is_told_to_the_webhook(webhook):
    state = SimpleNamespace(name="Failed", message="DropError: triples would fall from 9 to 1")
    notifying.notify(refresh, SimpleNamespace(name="able-bee"), state)
    assert webhook == [
        {"text": "Kupffer: refresh able-bee failed. DropError: triples would fall from 9 to 1"}
    ]
    assert refresh.on_failure_hooks == refresh.on_crashed_hooks == [notifying.notify]


def test_without_a_webhook_nobody_is_told(monkeypatch):
    monkeypatch.setattr(notifying, "settings", lambda: Settings(notify_url=None))
    monkeypatch.setattr(httpx, "post", lambda *_, **__: pytest.fail("something was sent"))
    notifying.notify(refresh, SimpleNamespace(name="able-bee"), SimpleNamespace(name="Failed", message=""))


@pytest.mark.slow
def test_a_scheduled_run_finishes_on_a_real_server_and_is_stopped_in_order(tmp_path):
    corpus, outputs, home = tmp_path / "corpus", tmp_path / "out", tmp_path / "home"
    corpus.mkdir()
    home.mkdir()
    (corpus / "one.txt").write_text("Kupffer cells drive fibrosis in the injured liver.")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"HOME": str(home), "NO_PROXY": "127.0.0.1"}
    environment |= {"KUPFFER_FEW_CHARACTERS": "0"}  # a run that Prefect starts can start processes of its own
    environment |= {
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    command = [sys.executable, "-m", "pipeline.cli", "schedule", "--cron", "* * * * * */20"]
    command += ["--corpus", str(corpus), "--out", str(outputs)]
    log = tmp_path / "log"
    with (
        log.open("wb") as told,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=told, stderr=told) as process,
    ):
        try:
            pages = _until(lambda: re.search(r"pages, .*: (http\S+)", log.read_text()), 120, process)[1]
            done = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
            _until(lambda: _ask(f"{pages}/api/flow_runs/count", done), 180, process)
            assert "<html" in httpx.get(pages, trust_env=False, follow_redirects=True).text.lower()
            _deploy(environment | {"PREFECT_API_URL": f"{pages}/api", "PREFECT_HOME": str(home / "other")})
            deployments = {d["name"]: d for d in _ask(f"{pages}/api/deployments/filter", {})}
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert read_table(outputs, "documents")["doc_id"].to_pylist() == ["one"]
    assert {
        d["concurrency_limit"] or d["global_concurrency_limit"]["limit"] for d in deployments.values()
    } == {1}
    weekly = deployments["weekly"]
    assert weekly["schedules"][0]["schedule"]["cron"] == "0 3 * * 1"
    assert weekly["pull_steps"][0]["prefect.deployments.steps.set_working_directory"]["directory"] == str(
        ROOT
    )
    with pytest.raises(httpx.ConnectError):
        httpx.get(pages, trust_env=False)


def _deploy(environment: dict[str, str]) -> None:
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    for step in (["work-pool", "create", "kupffer", "--type", "process"], ["deploy", "--all"]):
        done = subprocess.run(
            [*prefect, *step], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _ask(url, question):
    return httpx.post(url, json=question, trust_env=False).raise_for_status().json()


def _until(true, seconds, process):
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and process.poll() is None:
        try:
            if found := true():
                return found
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s")
