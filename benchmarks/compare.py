"""The same rules made by sgstrat, the AWS CDK, CDK for Terraform and troposphere, side by side.

``python benchmarks/compare.py [--write]`` with the Python in which sgstrat is installed. Tools take turns; each turn is
a process of its own, and what it wrote has to hold exactly the rules of the landscape. The best of the turns is taken,
since whatever else a machine does only ever adds; what takes over a minute has one turn. ``--write`` puts table and
plot into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from landscape import landscape
from processes import Run, compile_package, run
from results import Results, Size, write_page
from tools import HERE, Tool, folder_of, node_modules_of, prepare, tools, versions

SIZES = (Size(50, 60), Size(500, 60), Size(2500, 120))


def main() -> None:
    """Measure, print, and write where asked."""
    given = _options()
    node_modules = node_modules_of(given.node)
    chosen = [tool for tool in tools(node_modules) if not given.only or any(each in tool.name for each in given.only)]
    for tool in chosen:
        if tool.missing:
            print(f"skipped: {tool.name}: {tool.missing}", flush=True)
    sizes = [Size(*map(int, each.split("x"))) for each in given.sizes] or SIZES
    results = Results(sizes, [tool.name for tool in chosen], {tool.name: tool.floor_of for tool in chosen})
    compile_package(HERE.parent / "sgstrat")
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
            measure(size, [tool for tool in chosen if not tool.missing], Path(scratch), given, results)
    print(results.table())
    print(results.ratios())
    if given.write:
        write_page(results, versions(node_modules), given.rounds, given.limit)


def measure(size: Size, chosen: list[Tool], folder: Path, given: argparse.Namespace, results: Results) -> None:
    """All turns of all tools on one size."""
    # in a process of its own, as what is large here would count as theirs
    words = (sys.executable, str(HERE / "compare.py"), "--prepare", str(folder), "--sizes", size.name)
    subprocess.run(words, check=True)
    wanted = _tally("rules", [folder / "rules.json"])
    for _ in range(given.rounds):
        for tool in chosen:
            if results.settled(tool.name, size):
                continue
            if tool.floor_of and not (folder / folder_of(tool.floor_of)).is_dir():
                continue  # there is nothing to be the floor of
            done = turn(tool, folder, given.limit, wanted)
            results.add(tool.name, size, done)
            print(
                f"{size.name} {tool.name}: {done.failure or f'{done.seconds:.2f} s, {done.peak:.0f} MiB'}", flush=True
            )


def turn(tool: Tool, folder: Path, limit: float, wanted: str) -> Run:
    """One process, whose output has the rules that are wanted: AssertionError where it has not."""
    out = folder / folder_of(tool.name)
    shutil.rmtree(out, ignore_errors=True)
    (folder / "sgstrat.lock").unlink(missing_ok=True)  # each turn is a first build
    done = run(tool.command(folder, out), folder, limit, {"NO_COLOR": "1", **tool.settings})
    if tool.floor_of:
        return done._replace(seconds=done.seconds - float(done.output))
    if done.failure is not None:
        shutil.rmtree(out, ignore_errors=True)
        return done
    found = _tally(tool.kind, sorted(out.glob(tool.outputs)))
    assert found == wanted, f"{tool.name} made other rules: {found}, and not {wanted}"
    return done


def _tally(kind: str, files: list[Path]) -> str:
    """Count in a process of its own, for the same reason."""
    command = (sys.executable, str(HERE / "tally.py"), kind, *map(str, files))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=180, help="seconds that a tool has for one size")
    parser.add_argument("--sizes", nargs="*", default=[], metavar="GROUPSxRULES")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="tools whose names contain a word")
    parser.add_argument("--node", help="the node_modules with aws-cdk-lib (default: SGSTRAT_BENCH_NODE, .node/)")
    parser.add_argument("--scratch", help="where to work (default: the temporary folder)")
    parser.add_argument("--write", action="store_true", help="put table and plot into docs/benchmarks.md")
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.prepare is not None:
        size = Size(*map(int, given.sizes[0].split("x")))
        prepare(given.prepare, landscape(size.groups, size.rules), size.rules)
        sys.exit(0)
    return given


if __name__ == "__main__":
    main()
