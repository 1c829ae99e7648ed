"""The refresh at set times: Prefect's serve, one run at a time.

    serve("0 3 * * 1", {"corpus": corpus, "outputs": outputs})     until it is stopped

Each run is a process of its own. `prefect.yaml` is the same for a work pool.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ParameterTypeError
from prefect.flows import EntrypointType
from prefect.schedules import Cron

from flows.refresh import refresh
from flows.server import prefect_server

NAME = "scheduled"


def serve(
    cron: str, parameters: dict[str, Any], timezone: str | None = None, home: Path | None = None
) -> None:
    """Run the refresh whenever ``cron`` says so, until stopped.

    Prefect's pages show the parameters as a form, and refuse those that do not fit. A run that is due while
    another is at work waits for it.

    Args:
        cron: Five fields, ``"0 3 * * 1"`` is Mondays at 3.
        parameters: The arguments of `flows.refresh.refresh`.
        timezone: An IANA name such as ``Europe/Paris``; UTC when None.
        home: Folder of the server that is started where none is configured; see `prefect_server`.

    Raises:
        ValueError: ``cron``, ``timezone`` or a parameter cannot be used; the message says which.
        ConnectionError: Prefect's server did not come up, or does not answer.
    """
    checked(cron, parameters, timezone)
    with prefect_server(home, lasting=True) as pages:
        print(f"Runs: {cron} ({timezone or 'UTC'}). Stop with Ctrl-C.", file=sys.stderr)
        if pages:
            print(f"Prefect's pages, where a run can be started too: {pages}", file=sys.stderr, flush=True)
        refresh.serve(
            name=NAME,
            schedule=Cron(cron, timezone=timezone or "UTC"),
            parameters={name: _plain(value) for name, value in parameters.items()},
            limit=1,
            global_limit=ConcurrencyLimitConfig(limit=1),
            print_starting_message=False,
            # A flow loaded from its file is in no module, where its parameters' types are looked up.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def checked(cron: str, parameters: dict[str, Any], timezone: str | None = None) -> None:
    """Raise ValueError for what would fail only at the first run, at night."""
    try:
        CronSchedule(cron=cron)
    except ValueError:
        raise ValueError(f"{cron!r} is no cron expression; write five fields such as '0 3 * * 1'.") from None
    try:
        CronSchedule(cron=cron, timezone=timezone)
    except ValueError:
        raise ValueError(f"{timezone!r} is no time zone; write one such as Europe/Paris.") from None
    try:
        refresh.validate_parameters(parameters)
    except ParameterTypeError as error:
        raise ValueError(f"the refresh cannot run with these parameters: {error}") from None
    if not Path(parameters["corpus"]).is_dir():
        raise ValueError(f"{parameters['corpus']}: no such folder; name one that holds your texts.")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
