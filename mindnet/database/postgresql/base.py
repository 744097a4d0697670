"""PostgreSQL as Django has it, but that whoever waits for it lets others run, and that the kernel says whether a
connection of the pool is still there: asking the server took a round trip for every request and unit of work.
"""

import functools
import select
from datetime import UTC
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.utils.asyncio import async_unsafe
from psycopg.adapt import AdaptersMap

from mindnet.base.turns import own, waiting
from mindnet.database.own import keep_by_thread
from mindnet.database.postgresql.rows import MomentLoader
from mindnet.database.statements import PLANS

keep_by_thread()


class Connection(psycopg.Connection[Any]):
    def wait(self, *arguments: Any, **options: Any) -> Any:
        """Within a transaction a request keeps its turn: others may wait for the locks that it holds."""
        if not self.autocommit:
            return super().wait(*arguments, **options)
        with waiting():
            return super().wait(*arguments, **options)

    def set_autocommit(self, value: bool) -> None:
        """Without `wait`'s letting others run: the server hears nothing of it."""
        place, own.place = own.place, None
        try:
            super().set_autocommit(value)
        finally:
            own.place = place


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, settings_dict: dict[str, Any], *arguments: Any, **options: Any) -> None:
        super().__init__(settings_dict, *arguments, **options)
        if pool := settings_dict["OPTIONS"].get("pool"):
            pool.setdefault("connection_class", Connection)

    def get_connection_params(self) -> dict[str, Any]:
        """With what reads moments faster."""
        params: dict[str, Any] = super().get_connection_params()
        if self.timezone is UTC:
            params["context"] = with_moments(params["context"])
        return params

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """Gives whether there is something to commit."""
        super()._configure_connection(connection)  # type: ignore[misc]  # private
        connection.execute("SELECT set_config('plan_cache_mode', %s, false)", [PLANS.decode()])
        return True

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        with waiting():
            link: psycopg.Connection[Any] = super().get_new_connection(conn_params)
            while self.pool and hung_up(link):
                link.close()
                self.pool.putconn(link)  # which opens another in its place
                link = super().get_new_connection(conn_params)
        return link


@functools.lru_cache
def with_moments(adapters: AdaptersMap) -> AdaptersMap:
    """Django's for one time zone are always the same. It asks for them whenever it opens a connection."""
    copied = AdaptersMap(adapters)
    copied.register_loader("timestamptz", MomentLoader)
    return copied


def hung_up(link: psycopg.Connection[Any]) -> bool:
    """Whether PostgreSQL has ended this connection: between two transactions nothing but a farewell is ever there to
    read."""
    if link.closed:
        return True
    poll = select.poll()
    poll.register(link.fileno(), select.POLLIN)
    return bool(poll.poll(0))
