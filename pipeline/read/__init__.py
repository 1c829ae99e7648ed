"""Any format in, documents out: ``read(paths)`` streams a Document or a Failure for each thing it meets.

One module a format (plain, markdown, jats, medline, tables, jsons, bioc, pubtator, pdf); each turns
a Source into Drafts. What a format is, is told by kinds.py from the content first and the name second;
the language by language.py; which of two texts with one id wins by choice.py; what need not be read again by memory.py.
"""

from pipeline.read.memory import Known, Memory
from pipeline.read.reading import read

__all__ = ["Known", "Memory", "read"]
