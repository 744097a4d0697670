"""Words that nobody says by chance, and where in a cluster they can be found again: in what it keeps, in what it passes
on, and in what it shows."""

import base64
import re
import secrets
import threading

import psycopg
import redis
from psycopg import sql

CHANGE_LIST = re.compile(r'"(/admin/[a-z_]+/[a-z_]+/)"')
CHANGE_PAGE = re.compile(r'"(/admin/(?:rooms|messaging)/[a-z_]+/[^/"]+/change/)[?"]')
# All but PostgreSQL's own.
TABLES = """SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
# The row as text has all of its columns in it, jsonb and arrays too; bytes are written in hex.
ROW = "SELECT EXISTS (SELECT FROM {table} AS one WHERE one::text LIKE ANY(%s))"
JOURNAL = """SELECT pg_read_binary_file('pg_wal/' || name) FROM pg_ls_waldir() WHERE name >= pg_walfile_name(%s)"""


class Canary:
    """A word, and the spellings in which something may have taken it along."""

    def __init__(self):
        # Neither JSON nor an URL nor HTML writes any of these letters otherwise.
        self.word = f"canary{secrets.token_hex(8)}"
        plain = self.word.encode()
        self.spellings = [plain, plain.hex().encode(), plain.hex().upper().encode(), self.word.encode("utf-16-le")]
        self.spellings += [in_base64(plain, before) for before in range(3)]

    def is_in(self, whole):
        return any(spelling in whole for spelling in self.spellings)


def in_base64(plain, before):
    """How base64 writes a word behind so many other bytes: the letters that have nothing of its neighbours in them."""
    text = base64.b64encode(bytes(before) + plain)
    return text[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]


# PostgreSQL


def tables_with(canary, url):
    """The tables of a database that have it in some row."""
    likes = [f"%{spelling.decode()}%" for spelling in canary.spellings if b"\0" not in spelling]
    with psycopg.connect(url) as connection:
        names = [sql.Identifier(*row) for row in connection.execute(TABLES)]
        return [name for name in names if connection.execute(sql.SQL(ROW).format(table=name), [likes]).fetchone()[0]]


def journal_now(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_current_wal_lsn()").fetchone()[0]


def journal_since(place, url):
    """What PostgreSQL has written ahead of its tables: also what was overwritten or deleted since."""
    with psycopg.connect(url) as connection:
        return b"".join(row[0] for row in connection.cursor(binary=True).execute(JOURNAL, [place]))


# Redis


class RedisTraffic:
    """Everything that anybody asks of a Redis server inside the block: `texts`."""

    def __init__(self, url):
        self.client = redis.Redis.from_url(url)
        self.texts, self.end = [], secrets.token_hex(8)

    def __enter__(self):
        self.monitor = self.client.monitor()
        self.monitor.__enter__()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        return self

    def listen(self):
        for heard in self.monitor.listen():
            if self.end in heard["command"]:
                return
            self.texts.append(heard["command"])

    def __exit__(self, *_):
        self.client.echo(self.end)
        self.thread.join(10)
        self.monitor.__exit__(*_)
        self.client.close()


READ = {
    b"string": lambda client, key: [client.get(key) or b""],
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1),
    b"hash": lambda client, key: [part for pair in client.hgetall(key).items() for part in pair],
}


def redis_values(url):
    """The keys in a Redis server and what lies under them."""
    with redis.Redis.from_url(url) as client:
        kinds = {key: client.type(key) for key in client.scan_iter()}
        values = [READ[kind](client, key) for key, kind in kinds.items() if kind != b"none"]  # gone meanwhile
    return [*kinds, *(part for value in values for part in value)]


# What is shown to staff


def admin_pages(client, *addresses):
    """The admin's first page, its lists, what is newest in those of rooms and messages, and these pages."""
    index = client.get("/admin/").raise_for_status().text
    lists = [client.get(address).raise_for_status().text for address in sorted({*CHANGE_LIST.findall(index)})]
    newest = [found[0] for text in lists if (found := CHANGE_PAGE.findall(text))]
    pages = [client.get(address).raise_for_status().text for address in sorted({*newest, *addresses})]
    return [index, *lists, *pages]
