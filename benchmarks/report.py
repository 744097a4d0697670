"""Rows of figures as text tables, Markdown or JSON, and the targets held against them."""

import json

from benchmarks import charts, targets
from benchmarks.scenarios import SCENARIOS

TARGET_COLUMNS = [("target", "target", "{}"), ("measured", "measured", "{}"), ("verdict", "", "{}")]


def cells(columns, row):
    return ["" if row.get(key) is None else shown.format(row[key]) for key, _, shown in columns]


def used_columns(columns, rows):
    return [column for column in columns if any(row.get(column[0]) is not None for row in rows)]


def text_table(columns, rows):
    columns = used_columns(columns, rows)
    lines = [[heading for _, heading, _ in columns], *(cells(columns, row) for row in rows)]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    is_text = [all(isinstance(row.get(key), str | None) for row in rows) for key, _, _ in columns]
    return "\n".join(aligned(line, widths, is_text) for line in lines)


def aligned(line, widths, is_text):
    """Words to the left, figures to the right."""
    cells = zip(line, widths, is_text, strict=True)
    return "  ".join(cell.ljust(width) if left else cell.rjust(width) for cell, width, left in cells).rstrip()


def markdown_table(columns, rows):
    columns = used_columns(columns, rows)
    lines = [[heading for _, heading, _ in columns], ["---"] + ["---:"] * (len(columns) - 1)]
    lines += [cells(columns, row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def commands(rows):
    """Each figure with the command that makes it again."""
    return "\n".join(f"    {command}" for command in dict.fromkeys(row["command"] for row in rows))


def render(tables, judged, machine, form):
    """`tables`: {"fanout": rows, …}, `judged`: what `targets.judge` gives, in one of the forms text, markdown, json."""
    if form == "json":
        verdicts = [each._asdict() for each in judged]
        return json.dumps({"machine": machine, "tables": tables, "targets": verdicts}, indent=1)
    is_markdown = form == "markdown"
    table = markdown_table if is_markdown else text_table
    parts = [machine]
    for kind, rows in tables.items():
        parts.append(f"## {kind}" if is_markdown else kind)
        if not rows:
            parts.append("Nothing was measured.")
            continue
        module = SCENARIOS[kind]
        parts += [table(module.COLUMNS, rows), module.NOTE, f"Made by:\n\n{commands(rows)}"]
    if is_markdown:
        parts += [f"![{title}]({name})" for name, title, _ in charts.charts(tables)]
    else:
        parts += [charts.text_chart(title, bars) for _, title, bars in charts.charts(tables)]
    if measured := [each._asdict() for each in judged if each.verdict != "not measured"]:
        parts += ["## Targets" if is_markdown else "targets", table(TARGET_COLUMNS, measured)]
        parts += filter(None, [targets.busy(tables)])
    if len(tables) > 1 and len(measured) < len(judged):
        left = "; ".join(each.target for each in judged if each.verdict == "not measured")
        parts.append(f"Not measured: {left}.")
    return "\n\n".join(parts)
