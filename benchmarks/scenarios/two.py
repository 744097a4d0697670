"""Two processes against one: the same load a process, so twice the sockets on two."""

from benchmarks.scenarios import fanout
from benchmarks.scenarios.common import measured, pairs, ratio

COLUMNS = [column for column in fanout.COLUMNS if column[0] != "ratio"] + [("two_to_one", "two to one", "{:.2f}")]
NOTE = (
    "On two processes twice the sockets sit in the room, so each process has the load that one has above. two to one: "
    "what two full cores would deliver with two processes against what one full core delivers with one, from the "
    "deliveries per CPU second. Above 2 it says that frames were fuller (per frame), not that two do more than double. "
    "Wall time says this only where both processes have a core of their own beside client, PostgreSQL and Redis."
)
QUICK = ["--seconds", "2", "--warmup", "0.5", "--cells", "200x400"]


def add_options(parser):
    parser.add_argument("--cells", type=pairs, default="200x50,200x400", help="sockets a process x messages a second")
    parser.add_argument("--senders", type=int, default=4, help="sockets that send (4)")
    parser.set_defaults(sockets=None, rates=None)


def measure(world, options):
    """The same fan-out on one process and on two."""

    def rows_of(system):
        for count, rates in fanout.cells(options):
            yield from fanout.rows_with(world, options, system, count * system.workers, rates)

    rows = measured(world, ["mindnet", "mindnet-two"], rows_of)
    one = {(row["sockets"], row["rate"]): row for row in rows if row["system"] == "mindnet"}
    for row in rows:
        sockets = row["sockets"]
        if row["system"] == "mindnet-two":
            sockets //= 2
            share = ratio(row["per_cpu_second"], one.get((sockets, row["rate"]), {}).get("per_cpu_second"))
            row["two_to_one"] = share and 2 * share
        row["command"] = f"python -m benchmarks two --cells {sockets}x{row['rate']:g} --seconds {options.seconds:g}"
    return rows
