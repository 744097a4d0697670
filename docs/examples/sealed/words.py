"""Words and bytes: how things are written, signed and hashed, and how what others wrote is read."""

import base64
import binascii
import json
import math
import re
from hashlib import sha256

TEXT_BYTES = 32 * 1024
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


class Refused(Exception):
    """What was read is not what it has to be. `why` is one word for programs, the same as in client/sealed/refused.js;
    the text is a sentence for people."""

    def __init__(self, why, sentence):
        super().__init__(sentence)
        self.why = why


def b64(raw):
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text, size=None):
    """The bytes of `b64`, as many as `size` says. Each has one spelling alone, so that nothing can be said twice."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused("shape", "Something is not written in base64url.") from None
    if b64(raw) != text or size not in (None, len(raw)):
        raise Refused("shape", "Something has another length than it should, or is written in an unusual way.")
    return raw


def labelled(label, x):
    """What is signed or hashed under a label: label ‖ 0x00 ‖ x."""
    return label.encode() + b"\0" + x


def hash_of(label, x):
    """`hash(label, x)` of the text."""
    return sha256(labelled(label, x)).digest()


def write(value):
    """A JSON text. How it is written does not matter to anybody: it is signed as it stands."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse(text):
    """What a JSON text says. Raises Refused, also where an object has a member twice."""
    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except (TypeError, ValueError, RecursionError):
        raise Refused("shape", "Something is not the JSON it should be.") from None


def read(text, members):
    """The object that a JSON text says, see `check`."""
    return check(parse(text), members)


def check(value, members):
    """An object that has just these members, each read by the function beside its name, which gives the value or
    raises Refused."""
    if not isinstance(value, dict) or value.keys() != members.keys():
        raise Refused("shape", f"An object has other members than {', '.join(members)}.")
    return {name: reader(value[name]) for name, reader in members.items()}


def an_object(members):
    return lambda value: check(value, members)


def a_list(reader, most):
    def read_all(value):
        if not isinstance(value, list) or len(value) > most:
            raise Refused("shape", "Something is no list, or too long.")
        return [reader(one) for one in value]

    return read_all


def once(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("shape", "An object has a member twice.")
    return members


def no_number(_):
    raise Refused("shape", "A number is not finite.")


def a_number(value, low=0):
    """A whole number that every language holds exactly. However it is written: JavaScript does not tell 1.0 from 1."""
    if type(value) not in (int, float) or not low <= value < 2**53 or value != int(value):
        raise Refused("shape", "Something is no whole number, or too large.")
    return int(value)


def a_key(value):
    """The number of a row."""
    return a_number(value, 1)


def a_length(value):
    """A duration in seconds, which alone may have a fraction."""
    if type(value) not in (int, float) or not 0 <= value < math.inf:
        raise Refused("shape", "Something is no duration.")
    return value


def a_text(value, low=0, high=TEXT_BYTES):
    """A text of so many code points, that UTF-8 can say: without lone surrogates."""
    if not isinstance(value, str) or not low <= len(value) <= high or re.search("[\ud800-\udfff]", value):
        raise Refused("shape", "Something is no text, or has another length than it may.")
    return value


def one_of(*choices):
    def reader(value):
        if isinstance(value, bool) or not isinstance(value, (int, float, str)) or value not in choices:
            raise Refused("shape", f"Something is none of {', '.join(map(str, choices))}.")
        return choices[choices.index(value)]

    return reader


def or_null(reader):
    return lambda value: None if value is None else reader(value)


def raw(*sizes):
    """Reads b64; gives the text, of which is known that it says as many bytes as one of the sizes, if there are any."""

    def reader(value):
        if len(unb64(value)) not in (sizes or [len(unb64(value))]):
            raise Refused("shape", "Something has another length than it should.")
        return value

    return reader


def text_of(low, high):
    return lambda value: a_text(value, low, high)


def a_uuid(value):
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", a_text(value)):
        raise Refused("shape", "A nonce is no UUID.")
    return value


an_id = raw(16)


def a_time(value):
    """For people, and not checked further."""
    return a_text(value, 1, 40)


def base32(number, length):
    """So many characters of ALPHABET."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def in_groups(text, size=4):
    return "-".join(text[start : start + size] for start in range(0, len(text), size))
