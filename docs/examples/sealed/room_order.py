"""What messages of a room say together: states of the logs never go back, no message is there twice, no edit is undone.

The server gives numbers and lets logs grow under one lock. So a message that names an older state than one before it is
by a device that was revoked, or was put there by the server. The evidence of both people counts: each names the logs of
both. An edit keeps its message's place and names newer states than those around it: it is checked, and is no evidence.
"""

from .words import Refused


class RoomOrder:
    def __init__(self, steps=(), revisions=()):
        """As `kept` gave them."""
        # Places in the logs, psychic -> (which log, which entry), with the lowest seq of a message that names them.
        self.steps = [(seq, {psychic: tuple(place) for psychic, place in places}) for seq, places in steps]
        self.revisions = {(sender, nonce): revision for sender, nonce, revision in revisions}
        self.opened = {}  # (sender, nonce) -> id, seq, places; of this run

    def place(self, message, revision, places):
        """Puts a message that was opened into its place; raises Refused where it cannot stand there. Returns the ids of
        messages opened before that are now known to be out of order: opened again, they are refused."""
        key, seq = (message["sender"]["id"], message["nonce"]), message["seq"]
        twin, twin_seq, _ = self.opened.get(key, (message["id"], seq, None))
        if twin_seq < seq:
            raise Refused("replayed", "It is shown a second time as another message.")
        if revision < self.revisions.get(key, 0):
            raise Refused("rolled_back", "An earlier wording of it is shown than before.")
        if any(at < seq and is_older(places, those) for at, those in self.steps):
            raise Refused("older_state", "It names older devices than a message before it.")

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
        return {"steps": steps, "revisions": [[*key, revision] for key, revision in self.revisions.items()]}


def is_older(places, those):
    return any(place < those[psychic] for psychic, place in places.items())
