"""Bars: as text under the tables, and as SVG. Few enough lines that no library is needed."""

from html import escape

BAR = 40  # characters
WIDTH, LABEL, ROW, TOP = 760, 250, 22, 44
COLOURS = {"mindnet": "#6d4aff"}
OTHERS = "#9a9aa8"
HTTP_CLIENTS = 16


def per_cpu(rows):
    """[(label, value, is ours)] of the fan-out with 200 sockets, else with the most there are."""
    sockets = chosen_sockets(rows)
    return [
        (f"{row['system']}, {row['rate']:g} msg/s", row["per_cpu_second"], row["system"].startswith("mindnet"))
        for row in rows
        if row["sockets"] == sockets and row["per_cpu_second"]
    ]


def latency(rows):
    sockets = chosen_sockets(rows)
    return [
        (f"{row['system']}, {row['rate']:g} msg/s", row["p99_ms"], row["system"].startswith("mindnet"))
        for row in rows
        if row["sockets"] == sockets and row["p99_ms"] is not None
    ]


def chosen_sockets(rows):
    counts = {row["sockets"] for row in rows}
    return 200 if 200 in counts else max(counts, default=0)


def charts(tables):
    """[(file name, title, bars)]."""
    found = []
    if rows := tables.get("fanout"):
        sockets = chosen_sockets(rows)
        found += [
            ("fanout-cpu.svg", f"Deliveries per server CPU second, {sockets} sockets", per_cpu(rows)),
            ("fanout-p99.svg", f"From send to receipt, p99 in ms, {sockets} sockets", latency(rows)),
        ]
    if rows := tables.get("sends"):
        bars = [
            (f"{row['system']}, {row['senders']} senders, {row['rooms']} rooms", row["sends_per_second"],
             row["system"] == "mindnet")
            for row in rows
        ]  # fmt: skip
        found.append(("sends.svg", "Acknowledged durable sends a second", bars))
    if rows := tables.get("http"):
        found.append(("http-cpu.svg", f"HTTP requests per server CPU second, {HTTP_CLIENTS} clients", http(rows)))
    return [chart for chart in found if chart[2]]


def http(rows):
    """Of calls that take a token those by cookie, as browsers make them."""
    return [
        (f"{row['call']}, {row['system']}", 1000 / row["cpu_ms"], row["system"].startswith("mindnet"))
        for row in rows
        if row.get("cpu_ms") and row["at_once"] == HTTP_CLIENTS and row["signed_in"] != "token"
    ]


def text_chart(title, bars):
    longest, most = max(len(label) for label, _, _ in bars), max(value for _, value, _ in bars)
    lines = [
        f"{label.ljust(longest)}  {('█' * round(BAR * value / most)).ljust(BAR)} {value:,.0f}"
        for label, value, _ in bars
    ]
    return "\n".join([title, "", *lines])


def svg_chart(title, bars):
    """Bars with their labels and figures, readable on light and dark ground."""
    most, room = max(value for _, value, _ in bars), WIDTH - LABEL - 90
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TOP + ROW * len(bars) + 10}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13"><title>{escape(title)}</title>'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="10" y="26" font-size="16" font-weight="600" fill="#222">{escape(title)}</text>'
    ]
    for number, (label, value, is_ours) in enumerate(bars):
        y, length = TOP + ROW * number, max(1, room * value / most)
        colour = COLOURS["mindnet"] if is_ours else OTHERS
        parts.append(
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(label)}</text>'
            f'<rect x="{LABEL}" y="{y + 2}" width="{length:.1f}" height="{ROW - 6}" fill="{colour}"/>'
            f'<text x="{LABEL + length + 6:.1f}" y="{y + 14}" fill="#222">{value:,.0f}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def pictures(tables):
    """{file name: SVG}."""
    return {name: svg_chart(title, bars) for name, title, bars in charts(tables)}
