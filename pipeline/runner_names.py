"""The names of the refresh's runners: apart, for the command line is not to load pydantic for them."""

from __future__ import annotations

from enum import StrEnum


class Runner(StrEnum):
    """Where the refresh works on its batches."""

    SERIAL = "serial"
    PROCESSES = "processes"
    DASK = "dask"
