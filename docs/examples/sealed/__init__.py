"""Sealed mind-links: the format that docs/sealed.md describes, over the package `cryptography` alone.

Read in this order: `words`, `suites`, `devices`, `device_log`, `pins`, `recovery`, `envelope`, `history`, `reactions`,
`files`, `safety_number`, `room_order`, and `link`, which puts them together. Names are those of that page and of
RFC 9180 (HPKE), whose sections are named where a step is one. Nothing here knows a network, a clock or a file of its
own: that is in sealed_client.py.

Whoever reads something of others gets it whole and true, or `Refused` with a reason.
"""
