"""python-socketio as its documentation shows it: rooms, and a Redis manager between processes."""

import os

import socketio

server = socketio.AsyncServer(
    async_mode="asgi", client_manager=socketio.AsyncRedisManager(os.environ["REDIS_URL"]), cors_allowed_origins=[]
)
application = socketio.ASGIApp(server)


@server.event
async def join(sid, room):
    await server.enter_room(sid, room)
    return "in"


@server.event
async def chat(sid, data):
    await server.emit("chat", data, room=data["room"])
