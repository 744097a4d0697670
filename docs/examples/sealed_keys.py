"""The file in which sealed_client.py keeps its device: keys, sign-in, and what it has seen of others' devices.

Only its owner may read it. Under a passphrase it is AES-256-GCM with a key that scrypt makes of that.
"""

import json
import os
import secrets

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sealed.devices import OwnDevice
from sealed.link import Person
from sealed.room_order import RoomOrder
from sealed.suites import boxed, unboxed
from sealed.words import b64, unb64

SCRYPT = {"length": 32, "n": 2**15, "r": 8, "p": 1}  # 32 MiB and a tenth of a second for each guess
LABEL = b"mindnet key file"


class Keys:
    """What is kept of one psychic on one server. `save` writes it, and whoever changes something calls that."""

    def __init__(self, path, passphrase):
        """Reads the file, if there is one. `passphrase`: None for none. Raises Refused, with `passphrase`."""
        self.path, self.passphrase = path, passphrase
        self.salt, self.key = secrets.token_bytes(16), None
        said = self.opened(json.loads(path.read_text())) if path.exists() else {}
        self.token, self.psychic = said.get("token"), said.get("psychic")
        self.device = OwnDevice.of_private(*said["device"]) if said.get("device") else None
        self.people = {int(id): Person(int(id), logs) for id, logs in said.get("people", {}).items()}
        self.orders = {int(room): RoomOrder(**order) for room, order in said.get("orders", {}).items()}

    @staticmethod
    def is_sealed(path):
        return path.exists() and "box" in json.loads(path.read_text())

    def person(self, psychic):
        return self.people.setdefault(psychic, Person(psychic))

    def order(self, room):
        return self.orders.setdefault(room, RoomOrder())

    def save(self):
        """As a whole, so that a process that dies meanwhile leaves the old one or the new one."""
        device = self.device and [self.device.card, self.device.signature, self.device.private()]
        said = {
            "token": self.token, "psychic": self.psychic, "device": device,
            "people": {id: person.kept() for id, person in self.people.items()},
            "orders": {room: order.kept() for room, order in self.orders.items()},
        }  # fmt: skip
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.closed(said), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def closed(self, said):
        if self.passphrase is None:
            return said
        box = boxed(self.derived(), json.dumps(said).encode(), LABEL)
        return {"salt": b64(self.salt), "box": b64(box)}

    def opened(self, said):
        if "box" not in said:
            return said
        self.salt = unb64(said["salt"], 16)
        return json.loads(unboxed(self.derived(), unb64(said["box"]), LABEL, why="passphrase"))

    def derived(self):
        self.key = self.key or Scrypt(salt=self.salt, **SCRYPT).derive((self.passphrase or "").encode())
        return self.key
