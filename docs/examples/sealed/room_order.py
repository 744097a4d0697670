"""What messages of a room say together: states of the logs never go back, no message is there twice, no edit is undone.

The server gives numbers and lets logs grow under one lock. So a message that names an older state than one before it is
by a device that was revoked, or was put there by the server. The evidence of both people counts: each names the logs of
both. An edit keeps its message's place and names newer states than those around it: it is checked, and is no evidence.

Where a message stands is kept for the next run, of each device the newest KEPT_MOST: what is handed out once more as
another message is noticed also by who never sees the first again, because it is far up, or gone.
"""

from .words import Refused

# The key file is written as a whole with every message, so this is less than a browser keeps.
KEPT_MOST = 2000


class RoomOrder:
    def __init__(self, steps=(), revisions=(), stands=()):
        """As `kept` gave them."""
        # Places in the logs, psychic -> (which log, which entry), with the lowest seq of a message that names them.
        self.steps = [(seq, {psychic: tuple(place) for psychic, place in places}) for seq, places in steps]
        self.revisions = {(sender, nonce): revision for sender, nonce, revision in revisions}
        # (sender, nonce) -> id, seq, device, of all that were opened.
        self.stands = {(sender, nonce): (id, seq, device) for sender, nonce, id, seq, device in stands}
        self.opened = {}  # (sender, nonce) -> id, seq, places; of this run

    def place(self, message, revision, places, device):
        """Puts a message that was opened into its place; raises Refused where it cannot stand there. Returns the ids of
        messages opened before that are now known to be out of order: opened again, they are refused."""
        key, seq = (message["sender"]["id"], message["nonce"]), message["seq"]
        twin, twin_seq, _ = self.stands.get(key, (message["id"], seq, None))
        if twin_seq < seq:
            raise Refused("replayed", "It is shown a second time as another message.")
        if revision < self.revisions.get(key, 0):
            raise Refused("rolled_back", "An earlier wording of it is shown than before.")
        if any(at < seq and is_older(places, those) for at, those in self.steps):
            raise Refused("older_state", "It names older devices than a message before it.")

        self.stands[key] = message["id"], seq, device
        self.opened[key] = message["id"], seq, places
        # It stands before what was taken for it until now: that one is the copy.
        copies = [] if twin == message["id"] else [twin]
        if revision:
            self.revisions[key] = revision
            return copies
        self.note(seq, places)
        return copies + [id for id, at, those in self.opened.values() if at > seq and is_older(those, places)]

    def note(self, seq, places):
        """Of all messages that name the same places the first is enough: there are no more steps than entries."""
        same = [at for at, those in self.steps if those == places]
        self.steps = [step for step in self.steps if step[1] != places]
        self.steps.append((min([seq, *same]), places))

    def kept(self):
        """Plain data, to be kept for the next run."""
        steps = [[seq, list(places.items())] for seq, places in self.steps]
        revisions = [[*key, revision] for key, revision in self.revisions.items()]
        return {"steps": steps, "revisions": revisions, "stands": self.newest_stands()}

    def newest_stands(self):
        """Of each device: whoever sends many crowds out no others than their own."""
        kept, counts = [], {}
        for key, (id, seq, device) in sorted(self.stands.items(), key=lambda stand: -stand[1][1]):
            counts[device] = counts.get(device, 0) + 1
            if counts[device] <= KEPT_MOST:
                kept.append([*key, id, seq, device])
        return kept


def is_older(places, those):
    return any(place < those[psychic] for psychic, place in places.items())
