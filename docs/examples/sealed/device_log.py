"""The device log of a psychic: which devices are theirs, by whose word, and since when."""

from .devices import Device
from .words import (
    Refused,
    a_key,
    a_number,
    a_time,
    an_id,
    b64,
    check,
    hash_of,
    one_of,
    or_null,
    parse,
    raw,
    text_of,
    unb64,
    write,
)

LIVE_DEVICES = 10
LABEL = "mindnet device log"

ENTRY = {"statement": text_of(1, 4096), "signature": raw(64)}
REVOKE = {
    "v": one_of(1), "psychic": a_key, "n": a_number, "previous": or_null(raw(32)),
    "deed": one_of("root", "endorse", "revoke"), "device": an_id, "by": an_id, "at": a_time,
}  # fmt: skip
ENDORSE = REVOKE | {"card": text_of(1, 1024), "card_signature": raw(64)}


class DeviceLog:
    """A log whose every entry has been checked. It only grows, by `add`.

    `heads[n]` is the hash of entry n, `devices` every device that ever was in it, by id.
    """

    def __init__(self, psychic, entries=()):
        """`entries`: as the server gives them. Raises Refused at the first that breaks a rule."""
        self.psychic = psychic
        self.entries, self.heads, self.devices = [], [], {}
        self.since, self.until, self.endorser = {}, {}, {}
        if not isinstance(entries, (list, tuple)):
            raise Refused("shape", "A device log is no list.")
        for entry in entries:
            self.add(entry)

    @property
    def root(self):
        """The id of the device that began it, None of an empty one."""
        return next(iter(self.devices), None)

    @property
    def head(self):
        return self.heads[-1] if self.heads else None

    def live(self, n=None):
        """The devices that were live after entry `n`, by id; without it, those that are."""
        n = len(self.heads) - 1 if n is None else n
        return {
            id: device
            for id, device in self.devices.items()
            if self.since[id] <= n and not (id in self.until and self.until[id] <= n)
        }

    def number_of(self, head):
        """The number of the entry with this hash, or None."""
        return self.heads.index(head) if head in self.heads else None

    def add(self, entry):
        """Appends an entry, or raises Refused and is as before."""
        entry = check(entry, ENTRY)
        said = read_statement(entry["statement"])
        self.check_place(said)
        if said["deed"] != "root":
            self.check_signature(entry, self.live().get(said["by"]))
        device = None if said["deed"] == "revoke" else self.device_of(said)
        if said["deed"] == "root":
            self.check_signature(entry, device if device.id == said["by"] else None)
        self.check_deed(said, device)

        self.entries.append(entry)
        self.heads.append(hash_of_entry(entry))
        if device is None:
            self.until[said["device"]] = said["n"]
        else:
            self.devices[device.id], self.since[device.id] = device, said["n"]
            self.endorser[device.id] = said["by"]

    def check_place(self, said):
        """Rule 4, and of rule 1 that the root is the first entry and no other."""
        for why, is_right in [
            ("psychic", said["psychic"] == self.psychic),
            ("number", said["n"] == len(self.heads)),
            ("previous", said["previous"] == self.head),
            ("deed", (said["deed"] == "root") == (said["n"] == 0)),
        ]:
            if not is_right:
                raise Refused(why, "An entry of the log is not where it belongs.")

    def check_signature(self, entry, signer):
        """Rule 2, and of rule 1 that a root signs itself. `signer`: None where nobody may."""
        if signer is None:
            raise Refused("by", "An entry of the log is by a device that was not live.")
        signer.verify(LABEL, entry["statement"].encode(), entry["signature"])

    def device_of(self, said):
        """The device that comes in, by its own card."""
        device = Device(said["card"], said["card_signature"])
        if (device.id, device.psychic) != (said["device"], self.psychic):
            raise Refused("card", "A card in the log is not of the device that the entry names.")
        if said["deed"] == "root" and device.kind != "device":
            raise Refused("card", "A recovery device is no root.")
        return device

    def check_deed(self, said, device):
        """Rule 3. `device`: who comes in, None for who goes."""
        if device is None:
            if said["device"] not in self.live():
                raise Refused("unknown", "A device is revoked that was not live.")
        elif device.id in self.devices:
            raise Refused("again", "A device comes into the log a second time.")
        elif len([one for one in self.live().values() if one.kind == device.kind]) >= most(device.kind):
            raise Refused("many", "There are as many live devices as there may be.")


def most(kind):
    return 1 if kind == "recovery" else LIVE_DEVICES


def read_statement(text):
    said = parse(text)
    revokes = isinstance(said, dict) and said.get("deed") == "revoke"
    return check(said, REVOKE if revokes else ENDORSE)


def hash_of_entry(entry):
    return b64(hash_of(LABEL, entry["statement"].encode() + b"\0" + unb64(entry["signature"])))


def root(device, at):
    """The first entry of a new log. `device`: an OwnDevice, which becomes the root; `at`: as ISO 8601, for people."""
    return signed(DeviceLog(device.psychic), "root", device.id, device, at, device)


def endorse(log, device, by, at):
    """The entry by which the OwnDevice `by` lets a device in."""
    return signed(log, "endorse", device.id, by, at, device)


def revoke(log, device_id, by, at):
    """The entry by which the OwnDevice `by` takes a device out for good."""
    return signed(log, "revoke", device_id, by, at)


def signed(log, deed, device_id, by, at, card_of=None):
    statement = {
        "v": 1, "psychic": log.psychic, "n": len(log.heads), "previous": log.head, "deed": deed, "device": device_id,
        "by": by.id, "at": at,
    }  # fmt: skip
    if card_of:
        statement |= {"card": card_of.card, "card_signature": card_of.signature}
    text = write(statement)
    return {"statement": text, "signature": by.sign(LABEL, text.encode())}
