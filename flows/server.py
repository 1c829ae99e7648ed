"""Prefect's own server for the length of one run: nothing to start, nothing left behind, nothing to see.

Left alone, Prefect starts such a server itself, on the terminal's own output, and ends it with a signal
while events are on their way: the pages of tracebacks that follow say only that it was cut short. Here
the server is a child with a log file of its own, what this process still has to say is sent first, and
the child is asked to end by closing its standard input - which also happens when this process is killed.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HOST = "127.0.0.1"
USUAL_PORT = 4200  # Prefect's own, for pages that somebody keeps a bookmark of
STARTUP_SECONDS = 180  # a small machine under load; 5 to 13 are usual
_DRAIN_SECONDS, _HURRY_SECONDS = 10.0, 2.0
_STOP_SECONDS = 15
_LOG = "server.log"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def keep_prefect_inside(outputs: Path) -> None:
    """Have Prefect write under ``outputs`` and not into the user's home; call it before Prefect's import.

    Whoever has a Prefect of their own keeps it, with its profiles: only where there is none is a home given.
    """
    if not Path("~/.prefect").expanduser().exists():
        os.environ.setdefault("PREFECT_HOME", str(outputs.resolve() / ".prefect"))


@contextmanager
def prefect_server(
    home: Path | None = None, *, lasting: bool = False, meanwhile: Callable[[], object] | None = None
) -> Iterator[str | None]:
    """Have Prefect's API at hand inside the block: the one the user configured, else a server of our own.

    Args:
        home: Folder for the server's database and log, made when missing; one that is gone afterwards
            when None. A configured PREFECT_HOME goes first, so that runs are listed where its owner
            looks for them.
        lasting: Give a server of our own all that plans and shows runs, not only what one run needs.
        meanwhile: Called while a server of our own starts, so that what it does takes no time of its own.

    Gives the address of Prefect's pages, or None where there are none.

    Raises:
        ConnectionError: the server did not come up, or does not answer; the message names the cure.
    """
    from prefect.client.orchestration import get_client
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_HOME,
        PREFECT_UI_URL,
        get_current_settings,
        temporary_settings,
    )

    settings = get_current_settings()
    if settings.api.url:
        with get_client(sync_client=True) as client:
            if client.api_healthcheck() is not None:
                raise ConnectionError(
                    f"Prefect's API at {settings.api.url} does not answer; start that server, "
                    "or unset PREFECT_API_URL to have one started here."
                )
        yield settings.ui_url
        return
    with ExitStack() as stack:
        if "home" in settings.model_fields_set:
            home = settings.home
        elif home is None:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="kupffer-prefect-")))
        home = home.resolve()
        home.mkdir(parents=True, exist_ok=True)
        stack.enter_context(_no_proxy())
        api = stack.enter_context(_child(home, lasting, meanwhile))
        # Where no pages are served, no line of the log points at them.
        pages = api.removesuffix("/api") if lasting else ""
        with temporary_settings(updates={PREFECT_API_URL: api, PREFECT_UI_URL: pages, PREFECT_HOME: home}):
            patience = _HURRY_SECONDS  # of someone who pressed Ctrl-C
            try:
                yield pages or None
                patience = _DRAIN_SECONDS
            finally:
                _say_the_rest(patience)
                if patience == _HURRY_SECONDS:
                    # Log lines still unsent are given up: Prefect's thread would write on stderr that it cannot
                    # send them, after our last word, and it outlives this block.
                    logging.raiseExceptions = False
                _wait_until_recorded(api, patience)


@contextmanager
def _child(home: Path, lasting: bool = False, meanwhile: Callable[[], object] | None = None) -> Iterator[str]:
    """The server as a child process; gives its API's address when it answers.

    It has a session of its own, so that Ctrl-C reaches only the run.
    """
    database = home / "prefect.db"
    fresh = not database.exists()
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_UI_ENABLED": str(int(lasting)),
        "PREFECT__SERVER_FINAL": "1",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "0",  # we use none, and it takes a second
    }
    if not lasting:
        environment["PREFECT__SERVER_EPHEMERAL"] = (
            "1"  # Prefect's name for: only the services that a run needs
        )
    with (home / _LOG).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", *(["lasting"] if lasting else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    assert process.stdin and process.stdout
    try:
        if meanwhile is not None:
            meanwhile()
        port = process.stdout.readline().decode().strip()
        api = f"http://{HOST}:{port}/api"
        if not port:
            raise _not_up(home)
        _wait_until_up(api, process, home)
    except BaseException:
        process.kill()  # it hears no request to end before it is up, and holds nothing yet
        process.communicate()
        if fresh:  # its tables may be half made
            for file in home.glob(f"{database.name}*"):
                file.unlink()
        raise
    try:
        yield api
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _wait_until_up(api: str, process: subprocess.Popen[bytes], home: Path) -> None:
    give_up = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            _ask(f"{api}/health")
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up:
                raise _not_up(home) from None
            time.sleep(0.1)


def _not_up(home: Path) -> ConnectionError:
    return ConnectionError(
        f"Prefect's server did not start; {home / _LOG} says why, and removing {home} gives it a fresh start."
    )


def _say_the_rest(patience: float) -> None:
    """Send the events and log lines that Prefect's background threads still hold."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=patience)
    EventsWorker.drain_all(timeout=patience)


def _wait_until_recorded(api: str, patience: float) -> None:
    """Wait for the server to write what it was sent: it cancels its own writing when it is told to end."""
    give_up = time.monotonic() + patience
    unfinished = {"task_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}}
    seen = None
    while time.monotonic() < give_up:
        try:
            counts = _ask(f"{api}/task_runs/count", {}), _ask(f"{api}/task_runs/count", unfinished)
        except OSError:
            return  # it is gone; there is nothing to wait for
        if counts == seen and counts[1] == 0:
            return
        seen = counts
        time.sleep(0.5)


def _ask(url: str, question: object = None) -> object:
    """GET ``url``, or POST ``question`` to it as JSON; past every proxy, for it is this machine's."""
    data = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with _DIRECT.open(request, timeout=5) as answer:
        return json.load(answer)


@contextmanager
def _no_proxy() -> Iterator[None]:
    """Keep a proxy that the environment names out of talk with this very machine."""
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    exempt = ",".join([*filter(None, before.values()), HOST])
    os.environ.update(dict.fromkeys(before, exempt))  # who reads which of the two differs
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(lasting: bool) -> None:
    """The child: write the port on stdout, serve until stdin ends."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOST, USUAL_PORT if lasting else 0))
    except OSError:  # somebody else's Prefect
        listener.bind((HOST, 0))
    # Prefect's pages ask for it; read at import.
    os.environ["PREFECT_UI_API_URL"] = f"http://{HOST}:{listener.getsockname()[1]}/api"
    import uvicorn
    from prefect.server.api.server import create_app

    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="warning", lifespan="on"))

    def stop_at_the_end_of_stdin() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=stop_at_the_end_of_stdin, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    _serve("lasting" in sys.argv)
