"""The measurements. This table is the index: name on the command line → module.

A module has `measure(world, options)`, which gives rows, `COLUMNS` and `NOTE` for the report, `add_options(parser)`,
and `QUICK`, its arguments under --quick.
"""

from benchmarks.scenarios import catchup, connect, fanout, history, presence, rest, search, sends, two, uploads

SCENARIOS = {
    "fanout": fanout,
    "sends": sends,
    "connect": connect,
    "catchup": catchup,
    "history": history,
    "presence": presence,
    "rest": rest,
    "search": search,
    "two": two,
    "uploads": uploads,
}
