"""What the scripts beside this one share: run with another tool's Python, so nothing of ours is imported."""

import json
import sys
import time
from pathlib import Path


def arguments():
    """The texts, and {type: [name, ...]}."""
    texts, terms = (json.loads(Path(name).read_text("utf-8")) for name in sys.argv[1:3])
    return texts, terms


def report(work, texts):
    """Print processor seconds of ``work`` over ``texts`` after a first one, what it found, and the peak in MB."""
    work("Kupffer cells drive fibrosis.")
    begun = time.process_time()
    found = sum(work(text) for text in texts)
    seconds = time.process_time() - begun
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"seconds": seconds, "documents": len(texts), "found": found, "peak": peak}))
