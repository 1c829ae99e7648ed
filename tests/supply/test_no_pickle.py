"""No pickle is loaded from any data: not by our code, and not by a library that our code hands foreign files to."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

ROOT = Path(__file__).parents[2]
MODULES = frozenset(
    {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "torch", "jsonpickle"}
)  # fmt: skip
CALLS = frozenset(
    {"read_pickle", "to_pickle", "pickle_loads", "pickle_dumps", "from_pickled_model", "unsafe_load", "full_load"}
)  # fmt: skip
# py3langid's own model, which comes inside its package: who could change it could change its code as well.
KNOWN = {("pipeline/read/language.py", "from_pickled_model")}


def suspects(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or "", *(alias.name for alias in node.names)}
            yield from (name for name in names if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in CALLS:
                yield name
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield "allow_pickle"


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from torch import load",
        "import joblib as j",
        "np.load(f, allow_pickle=True)",
        "pd.read_pickle(f)",
        "srsly.pickle_loads(b)",
    ],
)
def test_the_search_finds_what_it_is_for(code: str):
    assert list(suspects(ast.parse(code)))


def test_our_code_loads_no_pickle():
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for package in ("pipeline", "flows")
        for path in (ROOT / package).rglob("*.py")
        for name in suspects(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == KNOWN


# Python tells of every class that an unpickler looks up; here a look-up ends the process.
WATCHED = """
import json, sys
from pipeline.read import read
from pipeline.read.language import guess
guess("Kupffer cells clear bacteria from the blood of the portal vein and present antigens to T cells.")
looked_up = []
sys.addaudithook(lambda event, args: looked_up.append(args) if event == "pickle.find_class" else None)
texts = [getattr(found, "text", found) for found in read(sys.argv[1:])]
assert not looked_up, looked_up
print(len(texts))
"""


def test_readers_unpickle_nothing(tmp_path: Path):
    text = "Kupffer cells clear bacteria."
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "j", "text": text, "py/object": "os.system"}))
    (tmp_path / "b.csv").write_text(f"id,text\nc,{text}\n")
    schema = pa.schema(
        [
            pa.field("id", pa.string()),
            pa.field(
                "text",
                pa.string(),
                # How Arrow once kept classes of Python: a pickle among the metadata of a column.
                metadata={
                    "ARROW:extension:name": "arrow.py_extension_type",
                    "ARROW:extension:metadata": b"cos\nsystem\n(S'true'\ntR.",
                },
            ),
        ],
        metadata={"pandas": b"cos\nsystem\n(S'true'\ntR."},
    )
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays([pa.array(["p"]), pa.array([text])], schema=schema), file)
    (tmp_path / "d.parquet").write_bytes(file.getvalue())
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr
