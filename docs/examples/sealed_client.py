#!/usr/bin/env python
"""Takes part in sealed mind-links from a terminal, as a device of its own. It shows docs/sealed.md at work.

    pip install cryptography httpx websockets
    python sealed_client.py https://mindnet.example --user ada setup
    python sealed_client.py https://mindnet.example --user ada talk bob

The password is asked for, or taken from MINDNET_PASSWORD; it is exchanged for a token, and not kept. The device's keys
are in a file that only you can read, under a passphrase: asked for, or taken from MINDNET_PASSPHRASE.
"""

import argparse
import getpass
import os
import platform
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

from sealed import device_log, pins, recovery
from sealed.device_log import DeviceLog
from sealed.devices import Device, OwnDevice
from sealed.safety_number import half, safety_number
from sealed.words import Refused
from sealed_keys import Keys
from sealed_server import Refusal, Server
from sealed_talk import Conversation, clean, hand_on_everything

try:
    import segno
except ImportError:
    segno = None  # a number is compared by its digits then

FOLDER = Path("~/.mindnet-sealed").expanduser()


OWN_CHANGED = (
    "Your own devices are not those that were seen before ({}). You have started over elsewhere, or the server shows "
    "what is not so. `--accept-root … devices` takes another first device for yours."
)


class Stopped(Exception):
    """Nothing more can be done. The text says why."""


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def asked(variable, prompt):
    return os.environ[variable] if variable in os.environ else getpass.getpass(prompt)


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_code(typed, code):
    """Whether somebody has typed this short code, in whatever case and grouping."""
    return typed.upper().replace("-", "").translate(recovery.READ_AS) == code.replace("-", "")


class Client:
    """A psychic on a server, with the keys of this device."""

    def __init__(self, arguments, keys, server):
        self.arguments, self.username, self.keys, self.server = arguments, arguments.user, keys, server
        me = self.me() if server.token else self.signed_in()
        if self.keys.psychic not in (None, me["id"]):
            raise Stopped("These keys are of another psychic: the server has given the name to somebody else.")
        self.keys.psychic, self.keys.token = me["id"], self.server.token
        self.keys.save()

    def me(self):
        try:
            return self.server.ask("GET", f"/psychics/{self.username}")
        except Refusal as refusal:
            if refusal.code != "not_authenticated":
                raise
            return self.signed_in()

    def signed_in(self):
        self.server.sign_in(self.username, asked("MINDNET_PASSWORD", f"Password of {self.username}: "))
        return self.server.ask("GET", f"/psychics/{self.username}")

    # Own devices

    def own_log(self, shown=None, accept_root=False):
        """The log of one's own devices as the server shows it, held against what was seen before."""
        shown = shown or self.server.ask("GET", "/devices")
        person = self.keys.person(self.keys.psychic)
        change = person.look(shown["log"], accept_root)
        if change not in (pins.FIRST, pins.SAME, pins.GROWN):
            raise Stopped(OWN_CHANGED.format(change))
        self.keys.save()
        return person.log or DeviceLog(self.keys.psychic)

    def live_device(self, log):
        if self.keys.device is None or self.keys.device.id not in log.live():
            raise Stopped("This device is not one of yours yet, or no longer: `setup`, or `recover` with the code.")
        return self.keys.device

    def devices(self):
        shown = self.server.ask("GET", "/devices")
        log = self.own_log(shown, self.arguments.accept_root)
        for id, device in log.devices.items():
            state = "revoked" if id not in log.live() else "this device" if self.is_this(id) else "live"
            by = "the root" if id == log.root else f"let in by {log.endorser[id]}"
            say(f"{id}  {state:<11}  {device.kind:<8}  {clean(device.name)}, {by}")
        for device in self.waiting(shown):
            say(f"{device.id}  waiting      {device.kind:<8}  {clean(device.name)}, code {device.short_code}")
        if log.root:
            say(f"Your part of every safety number, the same on all your devices: {half(log.psychic, log.root)}")
        if not shown["recovery"]:
            say("! There is no recovery code: whoever loses all devices loses all messages. Make one with `code`.")

    def is_this(self, id):
        return self.keys.device is not None and self.keys.device.id == id

    def waiting(self, shown):
        """Devices that were offered. What is none of one's own is not even shown."""
        for offered in shown["waiting"]:
            device = Device(offered["card"], offered["signature"])
            if device.psychic == self.keys.psychic:
                yield device

    def setup(self):
        """Makes this device. The first is the root; a further one waits until another lets it in."""
        log, start_over = self.own_log(), self.arguments.start_over
        if self.keys.device and self.keys.device.id in log.live():
            return say(f"This device is set up: {self.keys.device.id}.")
        if start_over or self.keys.device is None or self.keys.device.id in log.devices:
            self.keys.device = self.new_device()
            self.keys.save()  # before the server knows it: a device without its keys would be nobody's
        device = self.keys.device
        body = {"card": device.card, "signature": device.signature}
        if log.head is None or start_over:
            body |= {"entry": device_log.root(device, now())} | ({"start_over": True} if start_over else {})
            self.server.ask("POST", "/devices", body)
            self.own_log(accept_root=start_over)
            return say(f"This is your first device: {device.id}. Make a recovery code now: `code`.")
        self.server.ask("POST", "/devices", body)
        say(f"Let this device in on another one within 24 hours, with this code: {device.short_code}")

    def new_device(self, kind="device"):
        name = {"recovery": "Recovery code"}.get(kind, self.arguments.name)
        return OwnDevice.make(self.keys.psychic, name, now(), kind=kind, suite=self.arguments.suite)

    def endorse(self):
        shown = self.server.ask("GET", "/devices")
        log = self.own_log(shown)
        own = self.live_device(log)
        for device in self.waiting(shown):
            if is_code(self.arguments.code, device.short_code):
                break
        else:
            raise Stopped("No device with that code waits.")
        self.let_in(log, device, own)
        say(f"Let in “{clean(device.name)}”. Handing on the keys of earlier messages…")
        hand_on_everything(self.server, self.keys, [own], device, say)
        say("Done.")

    def let_in(self, log, device, by):
        entry = device_log.endorse(log, device, by, now())
        self.server.ask("POST", f"/devices/{device.id}/endorse", {"entry": entry})
        self.own_log()

    def revoke(self):
        log = self.own_log()
        own, id = self.live_device(log), self.arguments.id
        if id not in log.live():
            raise Stopped("You have no live device of that id: `devices` lists them.")
        entry = device_log.revoke(log, id, own, now())
        self.server.ask("POST", f"/devices/{id}/revoke", {"entry": entry})
        self.own_log()
        say(f"Revoked “{clean(log.devices[id].name)}”. What was sealed for it before, it can still read.")

    # The code

    def code(self):
        """A new recovery code, in place of the one before."""
        log = self.own_log()
        own, device, code = self.live_device(log), self.new_device("recovery"), recovery.new_code()
        entries, longer = [], DeviceLog(log.psychic, log.entries)
        for old in [one.id for one in log.live().values() if one.kind == "recovery"]:
            entries.append(device_log.revoke(longer, old, own, now()))
            longer.add(entries[-1])
        entries.append(device_log.endorse(longer, device, own, now()))
        body = {"card": device.card, "signature": device.signature, "entries": entries}
        self.server.ask("PUT", "/devices/recovery", body | {"bundle": recovery.wrap(device, code)})
        self.own_log()
        say(f"Write this down, and keep it where nobody finds it:\n\n    {recovery.write_code(code)}\n")
        say("It brings back all your sealed messages, also for whoever else has it.")
        hand_on_everything(self.server, self.keys, [own], device, say)

    def recover(self):
        """Lets this device in with the recovery code."""
        log = self.own_log()
        bundle = self.server.ask("GET", "/devices/recovery")
        back = log.live().get(bundle["device"])
        if back is None:
            raise Stopped("The server shows a recovery bundle that is of no live device of yours.")
        code = recovery.read_code(asked("MINDNET_RECOVERY_CODE", "Recovery code: "))
        back = recovery.unwrap(bundle, code, back)
        if self.keys.device is None or self.keys.device.id in log.devices:
            self.keys.device = self.new_device()
            self.keys.save()
        device = self.keys.device
        self.server.ask("POST", "/devices", {"card": device.card, "signature": device.signature})
        self.let_in(log, device, back)
        hand_on_everything(self.server, self.keys, [back], device, say)
        say(f"This device is one of yours again: {device.id}. Revoke what you have lost: `devices`, `revoke`.")

    # Talking

    def conversation(self):
        self.live_device(self.own_log())
        other = self.server.ask("GET", f"/psychics/{self.arguments.username}")
        room = self.server.ask("POST", "/rooms", {"kind": "private", "with": other["username"]})
        names = {self.keys.psychic: self.username, other["id"]: other["username"]}
        conversation = Conversation(self.server, self.keys, room["id"], names, say, self.arguments.accept_root)
        conversation.look()
        return conversation

    def safety(self):
        logs = [self.keys.person(psychic).log for psychic in self.conversation().names]
        if None in logs:
            raise Stopped("Both need a device for that.")
        number = safety_number(*logs)
        if segno:
            segno.make(number.replace(" ", ""), micro=False).terminal(sys.stdout, compact=True)
        say(f"{number}\nThe same number on their side means that nobody stands between you.")

    def talk(self):
        conversation = self.conversation()
        for message in self.server.ask("GET", f"/rooms/{conversation.room}/messages?limit=50")["results"]:
            conversation.show(message)
        self.keys.save()
        threading.Thread(target=self.listen, args=[conversation], daemon=True).start()
        for line in sys.stdin:
            if line.strip():
                self.hear(conversation, line.rstrip("\n"))
        self.keys.save()

    @staticmethod
    def hear(conversation, line):
        try:
            conversation.command(line)
        except (OSError, Refused, Refusal) as refused:
            say(f"! Not sent: {refused}")

    def listen(self, conversation):
        for event in self.server.events():
            try:
                heard(self.server, conversation, event)
                self.keys.save()
            except (Refused, Refusal) as refused:
                say(f"! {refused}")
        say("! The server has ended the connection.")


def heard(server, conversation, event):
    """One event of the socket, or None where a connection stands: what was missed is read then."""
    if event is None:
        for message in list(server.messages(conversation.room, conversation.last_seq)):
            conversation.show(message)
    elif event["type"] in ("message.created", "message.updated") and event["room"] == conversation.room:
        conversation.show(event["payload"])
    elif event["type"] == "devices.changed" and event["payload"]["psychic"]["id"] in conversation.names:
        conversation.look()


def opened_keys(arguments):
    """The key file of this psychic on this server, made if there is none."""
    host = arguments.url.split("//")[-1].strip("/").replace("/", "_").replace(":", "_")
    path = arguments.keys or FOLDER / f"{arguments.user}@{host}.json"
    if arguments.plain or (path.exists() and not Keys.is_sealed(path)):
        sys.stderr.write(f"Warning: the keys in {path} are under no passphrase: whoever reads the file is you.\n")
        return Keys(path, None)
    passphrase = asked("MINDNET_PASSPHRASE", f"Passphrase of {path}: ")
    if not passphrase:
        raise Stopped("An empty passphrase protects nothing. --plain keeps the keys without one.")
    return Keys(path, passphrase)


def parser():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("url", help="of the server, such as https://mindnet.example")
    words.add_argument("--user", required=True, help="your username")
    words.add_argument("--keys", type=Path, help="the key file; without it, one in ~/.mindnet-sealed")
    words.add_argument("--plain", action="store_true", help="keep the keys under no passphrase")
    words.add_argument("--name", default=f"Terminal on {platform.node()}"[:40], help="of this device; others see it")
    words.add_argument("--suite", type=int, choices=(1, 2), default=1, help="of new keys: 1 X25519, 2 P-256")
    words.add_argument("--accept-root", action="store_true", help="take another identity for theirs; compare it first")
    deeds = words.add_subparsers(dest="deed", required=True)
    deeds.add_parser("devices", help="list your devices, and those that wait")
    setup = deeds.add_parser("setup", help="make this a device of yours")
    setup.add_argument("--start-over", action="store_true", help="with a new identity: all is lost, devices and code")
    deeds.add_parser("endorse", help="let a device in that shows this code").add_argument("code")
    # An id may begin with a hyphen, and would be taken for an option.
    revoke = deeds.add_parser("revoke", help="take a device out, for good", prefix_chars="+", add_help=False)
    revoke.add_argument("id")
    deeds.add_parser("code", help="make a recovery code, in place of the one before")
    deeds.add_parser("recover", help="let this device in with the recovery code")
    deeds.add_parser("safety", help="show the safety number with somebody").add_argument("username")
    deeds.add_parser("talk", help="read and write in your mind-link with somebody").add_argument("username")
    return words


def main(words=None):
    arguments = parser().parse_args(words)
    try:
        keys = opened_keys(arguments)
        with Server(arguments.url, keys.token) as server:
            getattr(Client(arguments, keys, server), arguments.deed)()
    except (Stopped, Refused, Refusal, OSError) as error:
        sys.exit(f"sealed_client: {error}")


if __name__ == "__main__":
    main()
