"""The socket's door to presence."""

from django.utils import timezone

from mindnet.database.threads import run
from presence import services


async def ping(context, payload):
    return {"server_time": timezone.now()}


async def set_presence(context, payload):
    return await run(
        services.set_presence,
        psychic=context.psychic,
        connection_id=context.connection.id,
        status=payload.status,
        note=payload.note,
        until=payload.until,
    )
