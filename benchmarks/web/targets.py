"""What HTTP has set itself, as ratios within one run. Each function gives (figure as text, met), None without rows."""

from statistics import median

from benchmarks.web import talk
from benchmarks.web.sides import BARE_VIEW, POSTGRESQL, SQLITE

PAGES = ("room page", "lobby", "directory")
READS = ("rooms", "participants", "online", "messages", "search")
LEAST = ("healthz", "304")
LONG_MESSAGES = 1_000_000


def rows_of(tables, system, calls=None):
    return [
        row for row in tables.get("http", []) if row["system"] == system and (calls is None or row["call"] in calls)
    ]


def words(row):
    by = f" by {row['signed_in']}" if row["signed_in"] else ""
    return f"{row['call']}{by}, {row['at_once']} {'client' if row['at_once'] == 1 else 'clients'}"


def at_most(system, key, most, calls=None):
    """The worst row of these calls, whatever the number of clients and the way of signing in."""

    def judge(tables):
        rows = [row for row in rows_of(tables, system, calls) if row.get(key)]
        if not rows:
            return None
        worst = max(rows, key=lambda row: row[key])
        return f"{worst[key]:.2f} × ({words(worst)})", worst[key] <= most

    return judge


def at_least(system, key, least, calls):
    def judge(tables):
        rows = [row for row in rows_of(tables, system, calls) if row.get(key)]
        if not rows:
            return None
        worst = min(rows, key=lambda row: row[key])
        return f"{worst[key]:.2f} × ({words(worst)})", worst[key] >= least

    return judge


def worst_of(found, most, form):
    """Of [(ratio, where)] the greatest, which may be `most`; None without any."""
    if not found:
        return None
    worst, where = max(found)
    return f"{worst:{form}} × ({where})", worst <= most


def long_room(tables):
    """Of each page the middle one of the ratios that it has for different numbers of clients."""
    found = []
    for system in (SQLITE, POSTGRESQL):
        ratios = {}
        for row in rows_of(tables, system):
            if row.get("to_short") and (row.get("messages") or 0) >= LONG_MESSAGES:
                ratios.setdefault(row["call"], []).append(row["to_short"])
        found += [(median(values), f"{call}, {system}") for call, values in ratios.items()]
    return worst_of(found, 1.2, ".2f")


def sockets(tables):
    """By the middle one of the rounds' ratios."""
    found = []
    for system in (SQLITE, POSTGRESQL):
        rows = {row["call"]: row for row in rows_of(tables, system, (talk.ALONE, talk.BESIDE))}
        if len(rows) < 2 or any(row["errors"] for row in rows.values()):
            continue
        alone, beside = rows[talk.ALONE], rows[talk.BESIDE]
        rounds = zip(beside["rounds_p99_ms"], alone["rounds_p99_ms"], strict=True)
        words = f"{alone['socket_p99_ms']:.1f} ms to {beside['socket_p99_ms']:.1f} ms, {system}"
        found.append((median(more / less for more, less in rounds), words))
    return worst_of(found, 2, ".1f")


def all_right(tables):
    rows = tables.get("http", [])
    if not rows:
        return None
    wrong = sum(row["errors"] for row in rows)
    return f"{wrong} wrong of {sum(row.get('answers') or 0 for row in rows):,}", not wrong


TARGETS = [
    ("HTTP: every answer is right, and every acknowledged post is found", all_right),
    (f"HTTP: room page, lobby, directory ≤ 4 × the CPU of a {BARE_VIEW}", at_most(SQLITE, "to_bare", 4, PAGES)),
    ("HTTP: reads of 50 rows and a post ≤ 2.5 ×", at_most(SQLITE, "to_bare", 2.5, (*READS, "post"))),
    ("HTTP: /healthz and 304 ≤ 1.2 ×", at_most(SQLITE, "to_bare", 1.2, LEAST)),
    ("HTTP: PostgreSQL ≤ 1.5 × SQLite", at_most(POSTGRESQL, "to_sqlite", 1.5)),
    ("HTTP: posts ≥ 1 × Express, a core", at_least(SQLITE, "to_express", 1, ("post",))),
    ("HTTP: room page and reads ≥ 0.5 × Express, a core", at_least(SQLITE, "to_express", 0.5, ("room page", *READS))),
    ("HTTP: pages of a room of 1,000,000 messages within 20 %", long_room),
    ("HTTP: sockets' p99 ≤ 2 × while 16 clients fetch room pages", sockets),
]
