"""The options of a command of kgx, as JSON: ``python kgx_options.py COMMAND``."""

from __future__ import annotations

import json
import sys

import read_kgx  # noqa: F401 (kgx fetches the model at import unless it is given one)
from kgx.cli import cli

if __name__ == "__main__":
    command = cli.commands[sys.argv[1]]
    print(json.dumps([option for one in command.params for option in one.opts]))
