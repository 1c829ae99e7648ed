"""Load, validate and score Statements with the real INDRA; run by an interpreter that has it, prints JSON.

``python read_indra.py FOLDER``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from indra.belief import BeliefEngine, SimpleScorer
from indra.statements import stmts_from_json_file
from indra.statements.validate import assert_valid_statement


def main(folder):
    statements = stmts_from_json_file(folder / "statements.json")
    faults = []
    for statement in statements:
        try:
            assert_valid_statement(statement)
        except ValueError as error:
            faults.append(f"{statement}: {error!r}")
    priors = json.loads((folder / "priors.json").read_text())
    BeliefEngine(SimpleScorer(prior_probs=priors)).set_prior_probs(statements)
    answer = {
        "faults": faults,
        "statements": [
            {
                **statement.to_json(),
                "belief": statement.belief,
                "agents": [agent.name for agent in statement.agent_list()],
            }
            for statement in statements
        ],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
