"""Rows of figures as a text table, Markdown or JSON."""

import json

# column: (key, heading, how it is shown)
FANOUT_COLUMNS = [
    ("system", "system", "{}"),
    ("sockets", "sockets", "{}"),
    ("rate", "msg/s", "{:g}"),
    ("deliveries_per_second", "deliv/s", "{:,.0f}"),
    ("loss", "loss", "{:.2%}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("server_cores", "server", "{:.2f}"),
    ("per_cpu_second", "deliv/CPU s", "{:,.0f}"),
    ("ratio", "ratio", "{:.1f}"),
    ("per_frame", "per frame", "{:.1f}"),
    ("postgresql_cores", "pg", "{:.2f}"),
    ("redis_cores", "redis", "{:.2f}"),
    ("client_cores", "client", "{:.2f}"),
    ("client", "client was", "{}"),
    ("others_cores", "others", "{:.2f}"),
    ("errors", "errors", "{}"),
]
SENDS_COLUMNS = [
    ("system", "system", "{}"),
    ("senders", "senders", "{}"),
    ("rooms", "rooms", "{}"),
    ("depth", "depth", "{}"),
    ("sends_per_second", "acks/s", "{:,.0f}"),
    ("p50_ms", "p50 ms", "{:.1f}"),
    ("p99_ms", "p99 ms", "{:.1f}"),
    ("per_cpu_second", "acks/CPU s", "{:,.0f}"),
    ("deliveries_per_second", "deliv/s", "{:,.0f}"),
    ("server_cores", "server", "{:.2f}"),
    ("postgresql_cores", "pg", "{:.2f}"),
    ("redis_cores", "redis", "{:.2f}"),
    ("client_cores", "client", "{:.2f}"),
    ("client", "client was", "{}"),
    ("others_cores", "others", "{:.2f}"),
    ("unanswered", "unanswered", "{}"),
    ("errors", "errors", "{}"),
]
CONNECT_COLUMNS = [
    ("system", "system", "{}"),
    ("sockets", "sockets", "{}"),
    ("concurrency", "at once", "{}"),
    ("connects_per_second", "connects/s", "{:,.0f}"),
    ("per_cpu_second", "connects/CPU s", "{:,.0f}"),
    ("memory_kib", "KiB each", "{:.1f}"),
    ("idle_cores", "idle cores", "{:.3f}"),
    ("server_cores", "server", "{:.2f}"),
    ("postgresql_cores", "pg", "{:.2f}"),
    ("redis_cores", "redis", "{:.2f}"),
    ("client_cores", "client", "{:.2f}"),
    ("client", "client was", "{}"),
    ("others_cores", "others", "{:.2f}"),
    ("errors", "errors", "{}"),
]
COLUMNS = {"fanout": FANOUT_COLUMNS, "sends": SENDS_COLUMNS, "connect": CONNECT_COLUMNS}
NOTES = {
    "fanout": "server, pg, redis, client, others: cores kept busy. ratio: deliveries per server CPU second against the "
    "tutorial's best row. per frame: deliveries in one frame.",
    "sends": "server, pg, redis, client, others: cores kept busy. A send is acknowledged after its commit.",
    "connect": "server, pg, redis, client, others: cores kept busy while connecting. "
    "A connect is complete when the socket is in its room. KiB each: growth of the server's memory.",
}


def cells(columns, row):
    return ["" if row.get(key) is None else shown.format(row[key]) for key, _, shown in columns]


def used_columns(columns, rows):
    return [column for column in columns if any(row.get(column[0]) is not None for row in rows)]


def text_table(kind, rows):
    columns = used_columns(COLUMNS[kind], rows)
    lines = [[heading for _, heading, _ in columns], *(cells(columns, row) for row in rows)]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    return "\n".join(aligned(line, widths) for line in lines)


def aligned(line, widths):
    first, *others = zip(line, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def markdown_table(kind, rows):
    columns = used_columns(COLUMNS[kind], rows)
    lines = [[heading for _, heading, _ in columns], ["---"] + ["---:"] * (len(columns) - 1)]
    lines += [cells(columns, row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def commands(rows):
    """Each figure with the command that makes it again."""
    return "\n".join(f"    {command}" for command in dict.fromkeys(row["command"] for row in rows))


def render(tables, machine, form):
    """`tables`: {"fanout": rows, …} in one of the forms text, markdown, json."""
    if form == "json":
        return json.dumps({"machine": machine, "tables": tables}, indent=1)
    table = markdown_table if form == "markdown" else text_table
    parts = [machine]
    for kind, rows in tables.items():
        if not rows:
            parts.append(f"{kind}: nothing was measured")
            continue
        heading = f"## {kind}" if form == "markdown" else kind
        parts += [heading, table(kind, rows), NOTES[kind], f"Made by:\n\n{commands(rows)}"]
    return "\n\n".join(parts)
