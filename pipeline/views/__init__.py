"""Views: questions to the tables of one run, in SQL or by a term.

    with open_outputs("outputs") as outputs:
        with query(outputs, "SELECT cell_name, count(*) FROM triples GROUP BY 1") as answer:
            answer.columns, list(answer.rows)
        search(outputs, [meaning(load_lexicon(), "T cell")])    # CD8+ T cells, Tregs and their like too

``database`` is DuckDB with the run's tables as views and the doors shut, ``query`` asks it what the user wrote,
``search`` what a term asks for, and ``plain`` makes its values fit for CSV and JSON.
"""

from pipeline.views.query import Answer, QueryError, query
from pipeline.views.search import Meaning, meaning, search

__all__ = ["Answer", "Meaning", "QueryError", "meaning", "query", "search"]
