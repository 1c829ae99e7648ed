"""EDS-NLP: sentences, our names as targets, negation and hypothesis. Arguments: texts.json terms.json."""

import edsnlp
import edsnlp.pipes as eds
from timing import arguments, report

texts, terms = arguments()
nlp = edsnlp.blank("eds")
nlp.add_pipe(eds.sentences())
nlp.add_pipe(eds.matcher(terms=terms, attr="LOWER"))
nlp.add_pipe(eds.negation())
nlp.add_pipe(eds.hypothesis())
report(lambda text: len(nlp(text).ents), texts)
