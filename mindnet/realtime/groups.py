"""Every group name. Made from numbers only, never from text a person chose."""

# What concerns no single room: presence, what goes to one psychic, orders to close. Every process listens, so that a
# connection costs no subscription of its own.
NODES = "nodes"


def room(room_id):
    return f"room.{room_id}"
