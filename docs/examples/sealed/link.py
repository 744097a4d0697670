"""A mind-link as one device sees it: what a client holds on to, so that a server cannot show it another past."""

from .device_log import DeviceLog
from .envelope import Envelope, new_words, seal
from .pins import GROWN, OTHER_ROOT, SAME, compare, pin_of
from .words import Refused

SENTENCES = {
    OTHER_ROOT: "has a new identity: started over, or somebody says so. Compare the safety number",
    "forked": "is shown with another past than before",
    "withheld": "is shown without devices that were seen before",
}


class Person:
    """The logs of one psychic that were accepted here, the one of now last: each starting over adds one."""

    def __init__(self, psychic, logs=()):
        self.psychic = psychic
        self.logs = [DeviceLog(psychic, entries) for entries in logs]

    @property
    def log(self):
        return self.logs[-1] if self.logs else None

    def look(self, entries, accept_root=False):
        """Takes what the server shows now, and returns what has become of the log: see `compare`. What is neither SAME
        nor GROWN is not taken, but another root with `accept_root`. The first log is pinned as it is. Raises Refused
        where the log breaks a rule."""
        shown = DeviceLog(self.psychic, entries)
        if not self.logs:
            self.logs.append(shown)
            return GROWN
        change = compare(pin_of(self.log), shown)
        if change == OTHER_ROOT and accept_root and shown.root not in [log.root for log in self.logs]:
            self.logs.append(shown)
            return GROWN
        if change == GROWN:
            self.logs[-1] = shown
        return change

    def place_of(self, head):
        """(which log, which entry) a head names. They only grow as time goes by. Raises Refused."""
        for which, log in enumerate(self.logs):
            n = log.number_of(head)
            if n is not None:
                return which, n
        raise Refused("heads", "It names devices that are not known here.")

    def data(self):
        """Plain data to keep; `Person(psychic, data)` makes it again."""
        return [log.entries for log in self.logs]


class Link:
    """A private room of two people. `people`: both as Person, one's own first; `own`: the OwnDevice that reads.

    `named` says of each psychic and place in their logs the lowest `seq` of a message that names it, `taken` of each
    nonce of a sender the message that has it and its highest revision.
    """

    def __init__(self, room, own, people, keys=None):
        """`keys`: content keys that were handed on, nonce -> bytes."""
        self.room, self.own = room, own
        self.people = {person.psychic: person for person in people}
        self.keys = keys or {}
        self.named = {psychic: {} for psychic in self.people}
        self.taken = {}

    def seal(self, nonce, words, reply_to=None, revision=0):
        """The envelope of what is said now. Raises Refused where this device is not live."""
        if self.own.id not in self.people[self.own.psychic].log.live():
            raise Refused("revoked", "This device is none of yours any more.")
        logs = [person.log for person in self.people.values()]
        return seal(self.own, logs, {"room": self.room, "nonce": nonce, "reply_to": reply_to}, words, revision)

    def open(self, message):
        """What a sealed message says. Raises Refused, and the message is then not to be shown under any name but the
        server's. Messages are best opened in the order of their `seq`."""
        envelope = self.verified(message)
        return envelope.open(self.key_for(envelope))

    def content_key(self, message):
        """What is handed on of it to another device of one's own."""
        envelope = self.verified(message)
        key = self.key_for(envelope)
        envelope.open(key)
        return key

    def key_for(self, envelope):
        try:
            return envelope.key_for(self.own)
        except Refused:
            # It was sealed before this device was there: whoever endorsed it has handed on the key, or has not.
            if envelope.nonce in self.keys:
                return self.keys[envelope.nonce]
            raise

    def verified(self, message):
        envelope = Envelope(message["content"], message)
        places = self.places(envelope)
        which, n = places[envelope.sender]
        envelope.verify(self.people[envelope.sender].logs[which], n)
        self.check_time(message["seq"], places)
        self.check_nonce(envelope, message["id"])

        if not envelope.header["revision"]:
            # A later revision names devices that came after the messages behind it: it bounds nothing.
            for psychic, place in places.items():
                self.named[psychic][place] = min(message["seq"], self.named[psychic].get(place, message["seq"]))
        self.taken[envelope.sender, envelope.nonce] = message["id"], envelope.header["revision"]
        return envelope

    def places(self, envelope):
        heads = envelope.header["heads"]
        if set(heads) != {str(psychic) for psychic in self.people} or envelope.sender not in self.people:
            raise Refused("heads", "It was sealed for other people.")
        return {psychic: person.place_of(heads[str(psychic)]) for psychic, person in self.people.items()}

    def check_time(self, seq, places):
        """Or a device that was revoked could go on with the devices of then."""
        for psychic, place in places.items():
            if any(later > place and at < seq for later, at in self.named[psychic].items()):
                raise Refused("older_state", "It names older devices than a message before it.")

    def check_nonce(self, envelope, message_id):
        id, revision = self.taken.get((envelope.sender, envelope.nonce), (message_id, 0))
        if id != message_id:
            raise Refused("replayed", "It is shown a second time as another message.")
        if envelope.header["revision"] < revision:
            raise Refused("rolled_back", "An earlier wording of it is shown than before.")


def sentence(person_name, change):
    """What a person is told where sending stops, or None."""
    return None if change in (SAME, GROWN) else f"The device list of {person_name} {SENTENCES[change]}."


__all__ = ["Link", "Person", "new_words", "sentence"]
