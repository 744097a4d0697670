"""A mind-link as one device sees it: what a client holds on to, so that a server cannot show it another past."""

from .device_log import DeviceLog
from .envelope import Envelope, new_words, seal
from .pins import FIRST, GROWN, OTHER_ROOT, SAME, WITHHELD, compare, pin_of
from .room_order import RoomOrder
from .words import Refused


class Person:
    """The logs of one psychic that were accepted here, the one of now last: each starting over adds one."""

    def __init__(self, psychic, logs=()):
        """`logs`: as `kept` gave them; they are checked anew."""
        self.psychic = psychic
        self.logs = [DeviceLog(psychic, entries) for entries in logs]

    @property
    def log(self):
        return self.logs[-1] if self.logs else None

    def look(self, entries, accept_root=False):
        """Takes what the server shows now, and returns what has become of the log, see `compare`. What is withheld or
        forked is not taken; another root is with `accept_root` alone. Raises Refused where the log breaks a rule."""
        shown = DeviceLog(self.psychic, entries)
        change = compare(pin_of(self.log) if self.log else None, shown)
        if shown.heads and shown.root in [log.root for log in self.logs[:-1]]:
            change = WITHHELD  # who has started over does not go back: what came after it is not shown
        is_accepted = change == OTHER_ROOT and accept_root
        if change == GROWN:
            self.logs[-1] = shown
        elif (change == FIRST and shown.heads) or is_accepted:
            self.logs.append(shown)
        return FIRST if is_accepted else change

    def place_of(self, head):
        """(which log, which entry) a head names; later ones are greater. Raises Refused."""
        for which, log in enumerate(self.logs):
            n = log.number_of(head)
            if n is not None:
                return which, n
        raise Refused("heads", "It names devices that are not known here.")

    def kept(self):
        """Plain data, to be kept for the next run."""
        return [log.entries for log in self.logs]


class Link:
    """A private room of two people."""

    def __init__(self, room, own, people, order=None, handed_on=None):
        """`own`: OwnDevices, of which the first seals and all open; behind it stands the recovery device where the code
        was typed. `people`: both as Person, one's own first. `handed_on`: content keys, nonce -> bytes."""
        self.room, self.own = room, own
        self.people = {person.psychic: person for person in people}
        self.order = order or RoomOrder()
        self.handed_on = handed_on or {}
        self.content_keys = {}  # of what was opened, to be handed on
        self.refuted = []  # ids of messages that the one opened last has shown to be out of order

    def seal(self, nonce, words, reply_to=None, revision=0):
        """The envelope of what is said now. Raises Refused where this device is not live."""
        own = self.own[0]
        log = self.people[own.psychic].log
        if own.id not in log.live():
            why = "revoked" if own.id in log.devices else "not_endorsed"
            raise Refused(why, "This device is not one of yours yet, or no longer.")
        logs = [person.log for person in self.people.values()]
        return seal(own, logs, {"room": self.room, "nonce": nonce, "reply_to": reply_to}, words, revision)

    def open(self, message):
        """What a sealed message says. Raises Refused, and the message is then not to be shown under any name but the
        server's."""
        envelope = Envelope(message["content"], message)
        places = self.places(envelope)
        which, n = places[envelope.sender]
        envelope.verify(self.people[envelope.sender].logs[which], n)
        key = self.key_for(envelope)
        words = envelope.open(key)
        self.refuted = self.order.place(message, envelope.header["revision"], places, envelope.device)
        self.content_keys[envelope.nonce] = key
        return words

    def forget(self, nonce):
        """The key of a message that is gone, so that it is handed on to nobody. Where it stood stays known."""
        self.content_keys.pop(nonce, None)
        self.handed_on.pop(nonce, None)

    def places(self, envelope):
        if envelope.header["room"] != self.room:
            raise Refused("room", "It is of another room.")
        if envelope.sender not in self.people:
            raise Refused("sender", "It is by somebody who is not in this mind-link.")
        heads = envelope.header["heads"]
        if set(heads) != {str(psychic) for psychic in self.people}:
            raise Refused("heads", "It was sealed for other people.")
        return {psychic: person.place_of(heads[str(psychic)]) for psychic, person in self.people.items()}

    def key_for(self, envelope):
        for own in self.own:
            if envelope.is_for(own):
                return envelope.key_for(own)
        if envelope.nonce not in self.handed_on:
            raise Refused("wrap_missing", "It was not sealed for this device.")
        return self.handed_on[envelope.nonce]


__all__ = ["FIRST", "GROWN", "OTHER_ROOT", "SAME", "Link", "Person", "new_words"]
