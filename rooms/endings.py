"""What rooms tell the floors above when something ends."""

from django.dispatch import Signal

# `room`, in the transaction that ends it.
room_ended = Signal()
