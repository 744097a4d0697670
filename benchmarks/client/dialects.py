"""How each server under test is spoken to: the same conversation in its own words.

A dialect is stateless. `delivery` is a piece of text that stands exactly once in every delivered message and nowhere
else; `refusal` one that marks an error. The message text always carries `t=<clock in ns>;`, the moment of sending.
"""

import json
import re

NO_NONCE = "00000000-0000-4000-8000-000000000000"  # in an envelope, where each message's own comes


def words(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Dialect:
    delivery = b"t="
    refusal = b""
    acknowledges = False  # whether a send is answered at all

    def headers(self, account):
        return {}

    def path(self, room):
        return "/"

    async def set_up(self, connection):
        """Bring a freshly opened socket into its room."""

    def tiny(self, connection, payload):
        """A frame of at most one byte: some protocols have their own pings."""

    def receipt(self, connection):
        return None


class Mindnet(Dialect):
    delivery = b'"type":"message.created"'
    refusal = b'"ok":false'
    acknowledges = True
    number = re.compile(rb'"type":"message\.created","room":(\d+),"seq":(\d+)')
    acknowledged = re.compile(rb'"ref":"s(\d+)","ok":true')
    synced = re.compile(rb'"seq":(\d+),"complete":(true|false)')

    def headers(self, account):
        return {"Authorization": f"Token {account['token']}"}

    def path(self, room):
        return "/connect"

    async def set_up(self, connection):
        await connection.ask(b"", b'"type":"hello"')
        for room in () if connection.is_joined else connection.rooms:
            ref = f"join{room}"
            await connection.ask(self.command("room.join", ref, {"room": room}), b'"ref":"%s","ok":true' % ref.encode())

    def message(self, room, text, nonce, ref):
        return self.command("message.send", ref, {"room": room, "content": text, "nonce": nonce})

    def sealed(self, connection, nonce, ref):
        """A sealed message: the envelope of this sender, under a nonce of its own."""
        content = connection.envelope.replace(NO_NONCE, nonce)
        payload = {"room": connection.room, "content": content, "nonce": nonce, "message_type": "sealed"}
        return self.command("message.send", ref, payload)

    def sync(self, room, seq):
        return self.command("sync", "sync", {"rooms": {str(room): seq}})

    def enter(self, room):
        return self.command("room.enter", "enter", {"room": room})

    def presence(self, status):
        return self.command("presence.set", "presence", {"status": status})

    def command(self, type, ref, payload):
        return words({"type": type, "ref": ref, "payload": payload})

    def receipt(self, connection):
        found = self.number.findall(connection.newest, connection.newest.rfind(self.delivery))
        seq = int(found[-1][1]) if found else 0
        if not seq or connection.receipted == seq:
            return None
        connection.receipted = seq
        return self.command("message.delivered", "d", {"room": connection.room, "seq": seq})


class Tutorial(Dialect):
    """The chat of the Channels tutorial: a socket per room, `{"message": …}` in both directions."""

    def path(self, room):
        return f"/ws/chat/{room}/"

    def message(self, room, text, nonce, ref):
        return words({"message": text})


class SocketIO(Dialect):
    """Engine.IO 4 and Socket.IO 5 on a plain WebSocket, as their JavaScript client speaks after its upgrade."""

    refusal = b"44{"

    def path(self, room):
        return "/socket.io/?EIO=4&transport=websocket"

    async def set_up(self, connection):
        await connection.ask(b"", b"0{")
        await connection.ask(b"40", b"40{")
        await connection.ask(b"420" + words(["join", connection.room]), b"430[")

    def message(self, room, text, nonce, ref):
        return b"42" + words(["chat", {"room": room, "message": text}])

    def tiny(self, connection, payload):
        if payload == b"2":
            connection.send(b"3")


class NodeWs(Dialect):
    """Node's `ws` with rooms by path, the message passed on as it came."""

    def path(self, room):
        return f"/{room}"

    def message(self, room, text, nonce, ref):
        return words({"message": text})


DIALECTS = {"mindnet": Mindnet(), "tutorial": Tutorial(), "socketio": SocketIO(), "ws": NodeWs()}
