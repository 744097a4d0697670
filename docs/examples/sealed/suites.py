"""The two suites over `cryptography`, HPKE (RFC 9180) in base mode, and boxes under AES-256-GCM."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .words import Refused

IV_BYTES = 12
SENTENCES = {
    "box": "What was sealed has been altered, or is for another key.",
    "code": "That is not the recovery code.",
    "passphrase": "That is not the passphrase.",
}


class Suite1:
    """DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; Ed25519."""

    number, public_bytes, enc_bytes = 1, 32, 32  # Npk and Nenc of RFC 9180, section 7.1
    hpke = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    new_dh, new_sign = x25519.X25519PrivateKey.generate, ed25519.Ed25519PrivateKey.generate
    read_sign = ed25519.Ed25519PublicKey.from_public_bytes

    @classmethod
    def read_dh(cls, raw):
        """Raises ValueError, also for a point of low order: it has the same secret with everybody, so that nobody could
        seal for it (RFC 9180, section 7.1.4)."""
        key = x25519.X25519PublicKey.from_public_bytes(raw)
        cls.new_dh().exchange(key)
        return key

    @staticmethod
    def public(key):
        return key.public_key().public_bytes_raw()

    @staticmethod
    def sign(key, x):
        return key.sign(x)

    @staticmethod
    def verify(key, signature, x):
        key.verify(signature, x)


class Suite2:
    """DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; ECDSA over P-256 with SHA-256, a signature r ‖ s."""

    number, public_bytes, enc_bytes = 2, 65, 65
    hpke = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)

    @staticmethod
    def new_dh():
        return ec.generate_private_key(ec.SECP256R1())

    new_sign = new_dh

    @staticmethod
    def read_dh(raw):
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)

    read_sign = read_dh

    @staticmethod
    def public(key):
        return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    @staticmethod
    def sign(key, x):
        return b"".join(part.to_bytes(32) for part in decode_dss_signature(key.sign(x, ec.ECDSA(hashes.SHA256()))))

    @staticmethod
    def verify(key, signature, x):
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        key.verify(encode_dss_signature(r, s), x, ec.ECDSA(hashes.SHA256()))


SUITES = {1: Suite1, 2: Suite2}
SIGNATURE_BYTES = 64  # of both


def sealed_to(device, info, plain):
    """SealBase of RFC 9180, section 6.1, with an empty aad: (enc, ct)."""
    both = device.suite.hpke.encrypt(plain, device.dh, info)
    return both[: device.suite.enc_bytes], both[device.suite.enc_bytes :]


def opened_by(own, info, enc, ct):
    """OpenBase of RFC 9180, section 6.1. Raises Refused."""
    try:
        return own.suite.hpke.decrypt(enc + ct, own.dh_private, info)
    except (InvalidTag, ValueError):
        raise Refused("wrap", "The key of this was not wrapped for this device.") from None


def boxed(key, plain, aad):
    """AES-256-GCM: iv ‖ ciphertext."""
    iv = secrets.token_bytes(IV_BYTES)
    return iv + AESGCM(key).encrypt(iv, plain, aad)


def unboxed(key, box, aad, why="box"):
    """What is in a box. Raises Refused, with a reason of SENTENCES."""
    try:
        return AESGCM(key).decrypt(box[:IV_BYTES], box[IV_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise Refused(why, SENTENCES[why]) from None


def derived(secret, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt, info.encode()).derive(secret)
