"""Run a recipe where it finds its files, by an interpreter that has its libraries; prints what it made, as JSON.

``python recipe.py CODE FOLDER``
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    code = Path(sys.argv[1]).read_text(encoding="utf-8")
    os.chdir(sys.argv[2])
    made: dict = {}
    exec(code, made)
    statements = [[s.uuid, s.belief, len(s.evidence)] for s in made.get("statements", [])]
    graph = made.get("graph")
    edges = [] if graph is None else [[a, b, key] for a, b, key in graph.edges(keys=True)]
    print(json.dumps({"statements": statements, "edges": edges}))
