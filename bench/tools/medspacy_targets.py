"""medspaCy: sentences by PyRuSH, our names as targets, ConText. Arguments: texts.json terms.json."""

import medspacy
from medspacy.target_matcher import TargetRule
from timing import arguments, report

texts, terms = arguments()
nlp = medspacy.load(medspacy_enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"])
nlp.get_pipe("medspacy_target_matcher").add(
    [TargetRule(name, label) for label, names in terms.items() for name in names]
)
report(lambda text: len(nlp(text).ents), texts)
