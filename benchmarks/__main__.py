"""`python -m benchmarks`: measures this project beside others on this machine, in one run. See benchmarks/README.md."""

import argparse
import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

from benchmarks import charts, report, targets
from benchmarks.scenarios import SCENARIOS
from benchmarks.scenarios.common import note
from benchmarks.world import World, machine

OPEN_FILES = 20_000  # ten thousand sockets, and the rest


def parser():
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--quick", action="store_true", help="fewer and shorter measurements")
    common.add_argument("--warmup", type=float, default=1, help="the same load before it, not measured (1)")
    common.add_argument("--size", type=int, default=64, help="characters of a message (64)")
    common.add_argument("--clients", type=int, default=1, help="load generator processes (1)")
    common.add_argument("--profile", action="store_true", help="show where the server's time goes (py-spy)")
    common.add_argument("--format", choices=["text", "markdown", "json"], default="text")
    common.add_argument("--output", type=Path, help="folder for the report in all forms and the charts")
    commands = top.add_subparsers(dest="command", required=True)
    for name, module in SCENARIOS.items():
        command = commands.add_parser(name, parents=[common], help=module.measure.__doc__)
        command.add_argument("--seconds", type=float, default=4, help="length of one measurement")
        module.add_options(command)
    every = commands.add_parser("all", parents=[common], help="every measurement with its defaults")
    every.add_argument("--only", type=lambda text: text.split(","), default=list(SCENARIOS), help="some, with commas")
    return top


def plan(arguments):
    """The measurements to make: [(name, options)]. Without a command all of them."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["all", *arguments]
    options = parser().parse_args(arguments)
    names = options.only if options.command == "all" else [options.command]
    own = [] if options.command == "all" else arguments[1:]
    planned = []
    for name in names:
        quick = SCENARIOS[name].QUICK if options.quick else []
        chosen = parser().parse_args([name, *quick, *own])
        if options.command == "all":
            vars(chosen).update({key: value for key, value in vars(options).items() if key in SHARED})
        planned.append((name, chosen))
    return planned


# What `all` hands down to each of its measurements.
SHARED = ("size", "clients", "profile", "format", "output")


def raise_open_files():
    """Ours and our children's: a socket is an open file on either side."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if 0 < hard < OPEN_FILES:
        note(f"at most {hard} open files are allowed here: ten thousand sockets need {OPEN_FILES}")


def main(arguments):
    planned = plan(arguments)
    raise_open_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # servers end, and what was measured is shown
    tables, options = {}, planned[0][1]
    with World() as world, contextlib.suppress(KeyboardInterrupt):  # what was measured until then is shown
        for name, chosen in planned:
            tables[name] = SCENARIOS[name].measure(world, chosen)
    judged = targets.judge(tables)
    if options.output:
        save(options.output, tables, judged)
    sys.stdout.write(report.render(tables, judged, machine(), options.format) + "\n")
    return 0 if tables and all(tables.values()) and not is_wrong(tables) else 1


def is_wrong(tables):
    """Whether an answer was wrong, or what was acknowledged is not there."""
    return any(row["errors"] for row in tables.get("http", []))


def save(folder, tables, judged):
    folder.mkdir(parents=True, exist_ok=True)
    for form, name in (("text", "report.txt"), ("markdown", "report.md"), ("json", "report.json")):
        (folder / name).write_text(report.render(tables, judged, machine(), form) + "\n")
    for name, picture in charts.pictures(tables).items():
        (folder / name).write_text(picture)
    note(f"report and charts are in {os.path.relpath(folder)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
