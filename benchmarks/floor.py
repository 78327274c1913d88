"""The floor of a build, as a process: libyaml's events of the sources, and ``json.dumps`` of the outputs' data.

``python benchmarks/floor.py FILE.yaml... FILE.json...`` prints the seconds spent on reading the outputs back, which a
build does not do and which are to be subtracted from the time of the process.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from pathlib import Path

import yaml


def main() -> None:
    """Do what every build has to do, and nothing else."""
    files = [Path(each) for each in sys.argv[1:]]
    spent = 0.0
    for path in files:
        if path.suffix == ".yaml":
            deque(yaml.parse(path.read_text("utf-8"), yaml.CLoader), maxlen=0)
            continue
        start = time.perf_counter()
        data = json.loads(path.read_text("utf-8"))
        spent += time.perf_counter() - start
        json.dumps(data, indent=2)  # the very text that the build writes
    print(spent)


if __name__ == "__main__":
    main()
