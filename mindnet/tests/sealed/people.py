"""Ada and Bob in a mind-link, and a server that keeps what it is given and shows whatever it likes."""

import uuid

from sealed import device_log
from sealed.device_log import DeviceLog
from sealed.devices import OwnDevice
from sealed.envelope import seal
from sealed.link import Link, Person, new_words

AT = "2026-11-28T12:00:00Z"


class Side:
    """A psychic: all devices with their keys, and the log as the server has it."""

    def __init__(self, id, suite=1):
        self.id, self.suite = id, suite
        self.root = self.new_device()
        self.log = DeviceLog(id, [device_log.root(self.root, AT)])
        self.devices = {self.root.id: self.root}

    @property
    def entries(self):
        return [*self.log.entries]

    def new_device(self, kind="device", suite=None):
        return OwnDevice.make(self.id, f"A {kind}", AT, kind=kind, suite=suite or self.suite)

    def endorse(self, device=None, by=None, **fields):
        """Lets a device in, which `fields` make if there is none; returns it."""
        device = device or self.new_device(**fields)
        self.log.add(device_log.endorse(self.log, device, by or self.root, AT))
        self.devices[device.id] = device
        return device

    def revoke(self, device, by=None):
        self.log.add(device_log.revoke(self.log, device.id, by or self.root, AT))

    def person(self):
        """As others get to know them, from the server's log as it is now."""
        person = Person(self.id)
        person.look(self.entries)
        return person


class Room:
    def __init__(self, ada, bob):
        self.id, self.ada, self.bob = 12, ada, bob
        self.messages = []

    def other(self, side):
        return self.bob if side is self.ada else self.ada

    def link(self, side, device=None, **fields):
        """What a device of one of the two sees, when it asks the server now."""
        return Link(self.id, [device or side.root], [side.person(), self.other(side).person()], **fields)

    def say(self, side, text, device=None, reply_to=None):
        """Seals and stores; returns the message as the server gives it."""
        nonce = str(uuid.uuid4())
        place = {"room": self.id, "nonce": nonce, "reply_to": reply_to}
        content = seal(device or side.root, [self.ada.log, self.bob.log], place, new_words(text))
        return self.store(side.id, nonce, content, reply_to)

    def store(self, sender, nonce, content, reply_to=None):
        seq = len(self.messages) + 1
        message = {"id": 100 + seq, "seq": seq, "room": self.id, "sender": {"id": sender}, "nonce": nonce}
        self.messages.append(message | {"reply_to": reply_to, "content": content})
        return self.messages[-1]
