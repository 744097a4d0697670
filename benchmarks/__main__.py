"""`python -m benchmarks`: measures this project beside others on this machine, in one run. See benchmarks/README.md."""

import argparse
import sys

from benchmarks import report, scenarios
from benchmarks.systems import SYSTEMS
from benchmarks.world import World, machine


def numbers(kind):
    def parse(text):
        values = [kind(part) for part in text.split(",")]
        if not values or min(values) <= 0:
            raise argparse.ArgumentTypeError("positive numbers, separated by commas")
        return values

    return parse


def system_names(text):
    names = text.split(",")
    if unknown := [name for name in names if name not in SYSTEMS]:
        raise argparse.ArgumentTypeError(f"no system {unknown[0]}; there are {', '.join(SYSTEMS)}")
    return names


def parser():
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--seconds", type=float, default=5, help="length of one measurement (5)")
    common.add_argument("--warmup", type=float, default=1, help="the same load before it, not measured (1)")
    common.add_argument("--size", type=int, default=64, help="characters of a message (64)")
    common.add_argument("--clients", type=int, default=1, help="load generator processes (1)")
    common.add_argument("--profile", action="store_true", help="show where the server's time goes (py-spy)")
    common.add_argument("--format", choices=["text", "markdown", "json"], default="text")
    common.add_argument("--output", help="write the report to this file as well, as JSON")

    commands = top.add_subparsers(dest="command", required=True)
    fanout = commands.add_parser("fanout", parents=[common], help=scenarios.fanout.__doc__)
    fanout.add_argument("--systems", type=system_names, default="tutorial-daphne,tutorial-uvicorn,mindnet")
    fanout.add_argument("--sockets", type=numbers(int), default="200", help="sockets in the room (200)")
    fanout.add_argument("--rates", type=numbers(float), default="10,50,600", help="messages a second (10,50,600)")
    fanout.add_argument("--senders", type=int, default=4, help="sockets that send (4)")

    sends = commands.add_parser("sends", parents=[common], help=scenarios.sends.__doc__)
    sends.add_argument("--systems", type=system_names, default="mindnet")
    sends.add_argument("--senders", type=numbers(int), default="1,100", help="senders at once (1,100)")
    sends.add_argument("--rooms", type=numbers(int), default="1,100", help="rooms they are spread over (1,100)")
    sends.add_argument("--depth", type=int, default=1, help="messages a sender has under way (1)")

    connect = commands.add_parser("connect", parents=[common], help=scenarios.connect.__doc__)
    connect.add_argument("--systems", type=system_names, default="tutorial-uvicorn,mindnet")
    connect.add_argument("--sockets", type=numbers(int), default="1000", help="sockets that connect (1000)")
    connect.add_argument("--concurrency", type=int, default=50, help="handshakes under way at a time (50)")

    commands.add_parser("all", parents=[common], help="every measurement with its defaults")
    return top


def plan(arguments):
    """The measurements to make: [(name, options)]."""
    options = parser().parse_args(arguments)
    if options.command != "all":
        return [(options.command, options)]
    return [(name, parser().parse_args([name, *arguments[1:]])) for name in report.COLUMNS]


def main(arguments):
    with World() as world:
        planned = plan(arguments)
        tables = {name: getattr(scenarios, name)(world, options) for name, options in planned}
    options = planned[0][1]
    if options.output:
        with open(options.output, "w") as file:
            file.write(report.render(tables, machine(), "json") + "\n")
    sys.stdout.write(report.render(tables, machine(), options.format) + "\n")
    return 0 if all(tables.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
