"""The measurements. This table is the index: name on the command line → module.

A module has `measure(world, options)`, which gives rows, `COLUMNS` and `NOTE` for the report, `add_options(parser)`,
and `QUICK`, its arguments under --quick.
"""

from benchmarks.scenarios import catchup, connect, fanout, history, http, presence, sealed, search, sends, two, uploads

SCENARIOS = {
    "fanout": fanout,
    "sends": sends,
    "sealed": sealed,
    "connect": connect,
    "catchup": catchup,
    "history": history,
    "presence": presence,
    "http": http,
    "search": search,
    "two": two,
    "uploads": uploads,
}
