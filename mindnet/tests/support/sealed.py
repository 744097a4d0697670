"""Devices that sign, their logs and envelopes, for tests of the server: it can open nothing, so what is sealed here is
noise of the right length. What can be opened is made by docs/examples/sealed.py."""

import json
import os
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mindnet.base.signed import b64, digest, labelled, unb64
from rooms import devices, recovery

DEVICE, LOG = "mindnet device", "mindnet device log"
WHEN = "2026-11-28T12:00:00Z"


def noise(size):
    return b64(os.urandom(size))


class Keys:
    """A device of somebody's: its keys, its card and its id. `says`: members of the card that are otherwise."""

    def __init__(self, psychic, *, name="Firefox on Linux", kind="device", suite=1, says=None):
        self.suite = suite
        self.key = ed25519.Ed25519PrivateKey.generate() if suite == 1 else ec.generate_private_key(ec.SECP256R1())
        dh = x25519.X25519PrivateKey.generate() if suite == 1 else ec.generate_private_key(ec.SECP256R1())
        card = {
            "v": 1, "suite": suite, "psychic": psychic.pk, "kind": kind, "name": name, "dh": b64(raw(dh)),
            "sign": b64(raw(self.key)), "made_at": WHEN,
        }  # fmt: skip
        self.card = json.dumps(card | (says or {}))
        self.signature = self.sign(DEVICE, self.card)
        self.id = b64(digest(DEVICE, self.card.encode())[:16])

    def sign(self, label, text):
        data = labelled(label, text.encode())
        if self.suite == 1:
            return b64(self.key.sign(data))
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32) + s.to_bytes(32))

    @property
    def offer(self):
        return {"card": self.card, "signature": self.signature}


def raw(private):
    public = private.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        return public.public_bytes(*form)
    return public.public_bytes_raw()


def entry_hash(entry):
    return b64(digest(LOG, entry["statement"].encode() + b"\0" + unb64(entry["signature"])))


class Mind:
    """A psychic with their device log, as their own devices know it."""

    def __init__(self, psychic):
        self.psychic = psychic
        self.log = []
        self.live = []

    @property
    def head(self):
        return entry_hash(self.log[-1]) if self.log else None

    def entry(self, deed, device, by, says=None):
        """The next entry of the log, signed by a device, and not kept here. `says`: members that are otherwise."""
        card = {} if deed == "revoke" else {"card": device.card, "card_signature": device.signature}
        statement = {
            "v": 1, "psychic": self.psychic.pk, "n": len(self.log), "previous": self.head, "deed": deed,
            "device": device.id, **card, "by": by.id, "at": WHEN,
        }  # fmt: skip
        text = json.dumps(statement | (says or {}))
        return {"statement": text, "signature": by.sign(LOG, text)}

    # Through the services

    def begin(self, device=None, *, start_over=False, **said):
        """The first device of a log."""
        device = device or Keys(self.psychic, **said)
        self.log, self.live = [], []
        entry = self.entry("root", device, device)
        devices.offer_device(psychic=self.psychic, **device.offer, entry=entry, start_over=start_over)
        return self.keep(entry, came=device)

    def endorse(self, device=None, *, by=None, **said):
        """A further device, offered and endorsed."""
        device = device or Keys(self.psychic, **said)
        devices.offer_device(psychic=self.psychic, **device.offer)
        entry = self.entry("endorse", device, by or self.live[0])
        devices.endorse_device(psychic=self.psychic, device_id=device.id, entry=entry)
        return self.keep(entry, came=device)

    def revoke(self, device, *, by=None):
        entry = self.entry("revoke", device, by or self.live[0])
        devices.revoke_device(psychic=self.psychic, device_id=device.id, entry=entry)
        return self.keep(entry, gone=device)

    def recover_by(self, device=None, *, by=None, before=None):
        """A recovery device with its bundle, in place of the one before."""
        device = device or Keys(self.psychic, kind="recovery")
        kept, entries = list(self.log), []
        by = by or self.live[0]
        if before:
            entries.append(self.entry("revoke", before, by))
            self.log.append(entries[-1])
        entries.append(self.entry("endorse", device, by))
        self.log = kept
        recovery.put_recovery(psychic=self.psychic, **device.offer, entries=entries, bundle=bundle(device))
        if before:
            self.keep(entries[0], gone=before)
        return self.keep(entries[-1], came=device)

    def keep(self, entry, *, came=None, gone=None):
        self.log.append(entry)
        if came:
            self.live.append(came)
        if gone:
            self.live.remove(gone)
        return came or gone


def bundle(device):
    return {"v": 1, "device": device.id, "salt": noise(16), "iv": noise(12), "box": noise(200)}


def two_minds(*psychics):
    """Both with a device."""
    minds = [Mind(psychic) for psychic in psychics]
    for mind in minds:
        mind.begin()
    return minds


def box_bytes(text_length):
    """How long the box of a text without files is: filled up to 64 bytes, behind an iv of 12 and before a tag of 16."""
    plain = {"text": "m" * text_length, "reactions": noise(32), "files": []}
    return -(-len(json.dumps(plain, separators=(",", ":"))) // 64) * 64 + 12 + 16


def envelope(
    room_id, sender, other, *, by=None, to=None, nonce=None, revision=0, reply_to=None, says=None, box_bytes=200
):
    """Content, nonce and type of a sealed message between two minds, for all their live devices. `says`: members of
    the header that are otherwise."""
    by, nonce = by or sender.live[0], nonce or uuid.uuid4()
    header = {
        "v": 1, "suite": by.suite, "room": room_id, "sender": sender.psychic.pk, "device": by.id,
        "nonce": str(nonce), "revision": revision, "reply_to": reply_to,
        "heads": {str(mind.psychic.pk): mind.head for mind in (sender, other)},
    } | (says or {})  # fmt: skip
    to = sender.live + other.live if to is None else to
    whole = {
        "header": json.dumps(header),
        "box": noise(box_bytes),
        "to": [{"device": one.id, "enc": noise(32 if one.suite == 1 else 65), "key": noise(48)} for one in to],
        "signature": noise(64),
    }
    return {"content": json.dumps(whole), "nonce": nonce, "message_type": "sealed"}


def handed_on(room_id, source, target, *, psychic, part=0, **says):
    """A part of keys of earlier messages, from one device of a psychic for another."""
    header = {
        "v": 1, "suite": source.suite, "psychic": psychic.pk, "from": source.id, "for": target.id, "room": room_id,
        "part": part,
    } | says  # fmt: skip
    whole = {
        "header": json.dumps(header),
        "box": noise(300),
        "enc": noise(32),
        "key": noise(48),
        "signature": noise(64),
    }
    return json.dumps(whole)
