"""The Prefect flows: `pipeline`'s functions with schedules, retries and a record of runs around them.

Prefect reports usage to its makers unless told otherwise before it is imported, so that is said here,
and a flow that is called without `flows.server` gets the time that Prefect's own server needs to start
on a small machine. Whoever wants it otherwise sets the variables; these are defaults.
"""

import os

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
