"""A word to somebody when a refresh fails: nobody looks at a run of the night."""

from __future__ import annotations

from typing import Any

import httpx
from prefect import get_run_logger

from pipeline.settings import settings

_SECONDS = 30


def notify(flow: Any, flow_run: Any, state: Any) -> None:
    """Post what became of ``flow_run`` to KUPFFER_NOTIFY_URL as ``{"text": …}``; nothing without that setting.

    It is a hook of the flow. A webhook that does not take it is a warning.
    """
    address = settings().notify_url
    if address is None:
        return
    text = f"Kupffer: {flow.name} {flow_run.name} {state.name.lower()}. {state.message or ''}".strip()
    try:
        httpx.post(address.get_secret_value(), json={"text": text}, timeout=_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        # The address is a secret, and httpx names it in its messages.
        get_run_logger().warning("KUPFFER_NOTIFY_URL was not told: %s", type(error).__name__)
