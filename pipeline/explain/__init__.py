"""Why did this sentence give these triples? Mentions, tree, graph, rules, probabilities and flags, as plain data.

for sentence in explain(doc, document):
    print(sentence.pairs)
"""

from pipeline.explain.display import as_json, show
from pipeline.explain.sentences import Explained, explain

__all__ = ["Explained", "as_json", "explain", "show"]
