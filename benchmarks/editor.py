"""The language server as an editor feels it: ``python benchmarks/editor.py [--edits 1000]``.

One server over stdio. For a strategy of 50 kB and one of 1 MB: the time from a change to its diagnostics, and from a
request to its completion, medians. Then many edits, with the server's memory as it goes. Goals: 100 ms and 1 s,
completion within 50 ms, and memory that stays.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests" / "editor")]

from generate import strategy  # noqa: E402  # found by the line above
from session import Session, editor  # noqa: E402

NAME = "strategies/bench.yaml"
SETTLE = 9


def sized(wanted: int) -> str:
    """A strategy of about that many bytes."""
    groups = 10
    while len(text := strategy(groups, 60)) < wanted:
        groups = max(groups + 1, groups * wanted // len(text))
    return text


async def measure(session: Session, name: str, text: str) -> tuple[float, float]:
    """Seconds from a change to its diagnostics, and from a request to its completion."""
    await session.open(name, text)
    await session.settled(name)
    changes, completions = [], []
    for turn in range(SETTLE):
        began = time.perf_counter()
        await session.write(name, f"{text}# {turn}\n")
        await session.settled(name)
        changes.append(time.perf_counter() - began)
        began = time.perf_counter()
        await session.complete(name, text.index("from: ") + len("from: "))
        completions.append(time.perf_counter() - began)
    return statistics.median(changes), statistics.median(completions)


def resident(pid: int) -> float:
    """Memory of a process in MiB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


async def run(edits: int) -> None:
    """Everything, printed as a table."""
    print("| strategy | change to diagnostics | completion |")
    print("| --- | --- | --- |")
    for size in (50_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "strategies").mkdir()
            text = sized(size)
            (root / NAME).write_text(text, "utf-8")
            async with editor(root) as session:
                change, completion = await measure(session, NAME, text)
                print(f"| {len(text) / 1000:.0f} kB | {change * 1000:.0f} ms | {completion * 1000:.1f} ms |")
                if size == 50_000:
                    server = session.client._server.pid  # noqa: SLF001  # the client does not tell it otherwise
                    memory = []
                    for turn in range(edits):
                        await session.write(NAME, f"{text}# edit {turn}\n")
                        await session.settled(NAME)
                        if turn % (edits // 5 or 1) == 0:
                            memory.append(resident(server))
                    memory.append(resident(server))
    print(f"\nmemory over {edits} edits of 50 kB: {', '.join(f'{each:.0f}' for each in memory)} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1000)
    asyncio.run(run(parser.parse_args().edits))
