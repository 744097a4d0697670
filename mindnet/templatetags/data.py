"""What the scripts of a page begin with, as JSON in an element of its own."""

import hashlib

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from mindnet.base.pieces import Piece
from mindnet.realtime.events import encoder
from mindnet.realtime.told import Told
from mindnet.templatetags.drawn import PIECE_LEAST, in_place, once

register = template.Library()

# What would end the element, or begin a comment in it, as JSON may write it as well.
ESCAPES = ((b"&", b"\\u0026"), (b"<", b"\\u003C"), (b">", b"\\u003E"))


@register.simple_tag(takes_context=True)
def data_element(context, value, element_id):
    """As Django's `json_script`, for a dictionary of whatever goes over the wire, or is Told. Long values, such as a
    page's messages, are compressed once for all pages that have the same."""
    found = [written(context, b'"%s":' % key.encode(), each) for key, each in value.items()]
    element = conditional_escape(element_id)
    return SafeString(f'<script id="{element}" type="application/json">{{{",".join(found)}}}</script>')


def written(context, key, value):
    """One member of the dictionary."""
    encoded = value.encoded if isinstance(value, Told) else encoder.encode(value)
    if len(encoded) < PIECE_LEAST:
        return escaped(key + encoded).decode()
    digest = b"data" + (value.digest if isinstance(value, Told) else hashlib.sha256(encoded).digest())
    return escaped(key).decode() + in_place(context, once(digest, lambda: [Piece(escaped(encoded))]))


def escaped(encoded):
    for character, escape in ESCAPES:
        encoded = encoded.replace(character, escape)
    return encoded
