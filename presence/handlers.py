"""The socket's door to presence."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from mindnet.database.threads import run
from mindnet.realtime import shapes
from presence import services
from presence.context import Context


async def ping(context: Context, payload: Any) -> dict[str, datetime]:
    return {"server_time": timezone.now()}


async def set_presence(context: Context, payload: Any) -> shapes.PresenceOut:
    return await run(
        services.set_presence,
        psychic=context.psychic,
        connection_id=context.connection.id,
        status=payload.status,
        note=payload.note,
        until=payload.until,
    )
