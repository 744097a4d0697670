"""One mind-link on a terminal: what is said is shown with its sender's name, what cannot be read as that, with the
reason; and nothing is sent while the devices of either person are not what they were."""

import io
import re
import threading
import uuid
from pathlib import Path

from sealed import files
from sealed.history import hand_on, take
from sealed.link import FIRST, GROWN, OTHER_ROOT, SAME, Link, new_words
from sealed.reactions import emoji_of, token_of
from sealed.words import Refused, b64, unb64
from sealed_server import Refusal

TRIES = 5  # to seal anew, for devices that come faster than we can seal
STOPS = {
    OTHER_ROOT: "{name} has another identity than before: started over, or somebody stands between you. Compare the "
    "safety number (`safety`), then accept it with --accept-root.",
    "forked": "The server shows other devices of {name} in the place of those it has shown before.",
    "withheld": "The server no longer shows devices of {name} that it has shown before.",
    "none": "{name} has no device yet.",
}
# Controls, also those that turn the direction of writing: they could write over what a terminal shows.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def clean(text):
    """What others have written, so that a terminal shows it and does nothing else. Further lines have a sign before
    them, or they could look like another message."""
    return CONTROLS.sub("\ufffd", text).replace("\n", "\n     | ")


class Conversation:
    """A mind-link with somebody, as this device sees it. `say` prints a line."""

    def __init__(self, server, keys, room, names, say, accept_root=False):
        """`names`: of both, id -> username, one's own first."""
        self.server, self.keys, self.room, self.names, self.say = server, keys, room, names, say
        self.accept_root = accept_root
        self.me = next(iter(names))
        self.own, self.link, self.stopped = [keys.device], None, None
        self.seen, self.words, self.last_seq = {}, {}, 0
        self.lock = threading.RLock()

    # Devices

    def look(self, lists=None):
        """Takes the device lists as the server shows them now, and says what has changed. `lists`: if they came by."""
        with self.lock:
            lists = lists or [self.server.ask("GET", f"/psychics/{name}/devices") for name in self.names.values()]
            self.stopped = None
            for each in lists:
                if each["psychic"]["id"] in self.names:
                    self.take(each["psychic"]["id"], each["log"])
            self.accept_root = False  # what a person has accepted was that one
            people = [self.keys.person(psychic) for psychic in self.names]
            if self.link is None and all(person.log for person in people):
                self.link = Link(self.room, self.own, people, self.keys.order(self.room), self.handed_on())
            self.keys.save()

    def take(self, psychic, entries):
        name, person = clean(self.names[psychic]), self.keys.person(psychic)
        before = person.log and {*person.log.live()}
        try:
            change = person.look(entries, self.accept_root and psychic != self.me)
        except Refused as refused:
            return self.stop(f"The devices of {name} break the rules: {refused}")
        if person.log is None:
            return self.stop(STOPS["none"].format(name=name))
        if change not in (FIRST, SAME, GROWN):
            return self.stop(STOPS[change].format(name=name))
        if change == GROWN:
            self.tell_devices(name, person.log, before)
        elif change == FIRST and psychic != self.me:
            self.say(f"! The devices of {name} are seen for the first time. Compare the safety number.")

    def tell_devices(self, name, log, before):
        for id, device in log.devices.items():
            if id in log.live() and id not in before:
                by = clean(log.devices[log.endorser[id]].name)
                self.say(f"! {name} has a new device “{clean(device.name)}”, let in by “{by}”.")
            elif id in before and id not in log.live():
                self.say(f"! {name} has revoked the device “{clean(device.name)}”.")

    def stop(self, sentence):
        self.stopped = sentence
        self.say(f"! {sentence} Nothing is sent.")

    def handed_on(self):
        """The content keys that one's other devices have left for this one."""
        keys, device = {}, self.own[0]
        if device.id not in self.keys.person(self.me).log.devices:
            return keys
        for part in self.server.every(f"/devices/{device.id}/history"):
            if part["room"] == self.room:
                try:
                    log = self.keys.person(self.me).log
                    keys |= take(device, log, part["sealed"], part["room"], part["part"])
                except Refused as refused:
                    self.say(f"! Keys of earlier messages cannot be read: {refused}")
        return keys

    # Reading

    def show(self, message):
        with self.lock:
            self.last_seq = max(self.last_seq, message["changed_seq"])
            if self.seen.get(message["id"], 0) >= message["changed_seq"]:
                return
            is_new, self.seen[message["id"]] = message["id"] not in self.seen, message["changed_seq"]
            if message["deleted"]:
                self.forget(message)
            self.say(f"{message['seq']:>4} {'' if is_new else '(changed) '}{self.said(message)}")
            for id in self.link.refuted if self.link else []:
                self.say(f"! Message {id}, shown before, cannot stand where it does. Do not trust it.")

    def forget(self, message):
        """It was deleted, or has become too old: nothing of it stays here. What was printed is the terminal's."""
        self.words.pop(message["id"], None)
        if self.link:
            self.link.forget(message["nonce"])

    def said(self, message):
        name = clean((message["sender"] or {"username": "the server"})["username"])
        if message["deleted"]:
            return f"{name} had said something here that is gone."
        if message["message_type"] != "sealed":
            return f"{name}, NOT SEALED: {clean(message['content'])}"
        try:
            words = self.open(message)
        except Refused as refused:
            return f"[cannot be read: {refused} The server says it is from {name}.]"
        self.words[message["id"]] = message, words
        parts = [clean(words["text"])] if words["text"] else []
        parts += [f"[{clean(file['name'])}, {file['size']} bytes: /save {message['seq']}]" for file in words["files"]]
        parts += [f"({reaction})" for reaction in self.reactions(message, words)]
        return f"{name}: {' '.join(parts)}"

    def open(self, message):
        """Names of devices that are not known here are asked for anew, once."""
        try:
            return self.linked().open(message)
        except Refused as refused:
            if refused.why != "heads":
                raise
        self.look()
        return self.linked().open(message)

    def linked(self):
        if self.link is None:
            raise Refused("log_missing", "The devices of both are not known.")
        return self.link

    def reactions(self, message, words):
        for token, psychics in message["reactions"].items():
            for psychic in psychics:
                try:
                    yield f"{clean(emoji_of(token, psychic, words['reactions']))} {clean(self.names[psychic])}"
                except (KeyError, Refused):
                    yield "a reaction that cannot be read"

    # Saying

    def post(self, words, reply_to=None, attachments=()):
        """Seals and sends, under one nonce however often it takes. Raises Refused or Refusal."""
        nonce = str(uuid.uuid4())
        body = {"nonce": nonce, "message_type": "sealed", "reply_to": reply_to, "attachments": [*attachments]}
        path = f"/rooms/{self.room}/messages"
        return self.sealed(lambda: ("POST", path, body | {"content": self.link.seal(nonce, words, reply_to)}))

    def sealed(self, request):
        """Sends what `request` seals, and seals again where devices have changed meanwhile."""
        for _ in range(TRIES):
            with self.lock:
                if self.stopped:
                    raise Refused("stopped", self.stopped)
                method, path, body = request()
                try:
                    # Under the same words for each try: sealed anew, they would be others under the same nonce.
                    return (self.server.ask_surely if "nonce" in body else self.server.ask)(method, path, body)
                except Refusal as refusal:
                    if refusal.code != "device_list_changed":
                        raise
                    self.look(refusal.answer.get("lists"))
        raise Refused("devices", "The devices change faster than this can be sealed.")

    def command(self, line):
        """A line as typed: words, or one of `/edit`, `/react`, `/file`, `/save`. Raises Refused or Refusal."""
        deed, _, rest = line.partition(" ")
        if deed in ("/edit", "/react", "/save"):
            number, _, rest = rest.partition(" ")
            message, words = self.numbered(number)
            return getattr(self, deed[1:])(message, words, rest)
        if deed == "/file":
            return self.file(Path(rest).expanduser())
        if line.startswith("/") and not line.startswith("//"):
            raise Refused("command", "Commands are /edit N WORDS, /react N EMOJI, /file PATH and /save N [FOLDER].")
        return self.post(new_words(line.removeprefix("/") if line.startswith("//") else line))

    def numbered(self, number):
        for message, words in self.words.values():
            if str(message["seq"]) == number:
                return message, words
        raise Refused("command", "There is no message of that number here that could be read.")

    def edit(self, message, words, text):
        revision = self.link.order.revisions.get((message["sender"]["id"], message["nonce"]), 0) + 1
        words = new_words(text, words["files"], words["reactions"])

        def request():
            content = self.link.seal(message["nonce"], words, message["reply_to"], revision)
            return "PATCH", f"/messages/{message['id']}", {"content": content}

        return self.sealed(request)

    def react(self, message, words, emoji):
        token = token_of(emoji.strip(), self.me, words["reactions"])
        return self.server.ask("PUT", f"/messages/{message['id']}/reactions/{token}")

    def file(self, path):
        key, nonce = files.new_key(), str(uuid.uuid4())
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Refused("command", f"That file cannot be read: {error.strerror}.") from None
        sealed = b"".join(files.encrypt(key, io.BytesIO(content)))
        attachment = self.server.upload(self.room, files.NAME, files.MEDIA_TYPE, sealed, nonce)
        nothing = dict.fromkeys(("width", "height", "seconds", "thumbnail"))
        about = {"id": attachment["id"], "key": b64(key), "name": path.name, "media_type": files.MEDIA_TYPE}
        return self.post(new_words("", [about | {"size": len(content)} | nothing]), attachments=[attachment["id"]])

    def save(self, message, words, folder):
        for file in words["files"]:
            urls = [one["url"] for one in message["attachments"] if one["id"] == file["id"]]
            if not urls:
                raise Refused("box", "The server does not have the file.")
            plain = b"".join(files.decrypt(unb64(file["key"]), io.BytesIO(self.server.download(urls[0]))))
            if len(plain) != file["size"]:
                raise Refused("box", "The file is of another length than its sender says.")
            # Its sender chose the name: never a way out of the folder, and never over what is there.
            path = Path(folder or ".").expanduser() / (re.sub(r"[^\w.-]", "_", file["name"]).lstrip(".") or "file")
            with path.open("xb") as out:
                out.write(plain)
            self.say(f"! Saved {path}.")


def hand_on_everything(server, keys, own, device, say):
    """Gives a device of one's own the content keys of all mind-links that the OwnDevices `own` can read."""
    for room in server.every("/rooms"):
        if room["kind"] != "private" or not room["my_role"]:
            continue
        sealed = [one for one in server.messages(room["id"]) if one["message_type"] == "sealed" and not one["deleted"]]
        names = names_of(server, keys.psychic, room["id"], sealed)
        if len(names) == 2:
            conversation = Conversation(server, keys, room["id"], names, say)
            conversation.own = own
            conversation.look()
            parts = hand_on(own[-1], device, room["id"], readable_keys(conversation, sealed))
            # One's devices are told of part 0: then all of them are there.
            for number, part in reversed([*enumerate(parts)]):
                server.ask("PUT", f"/devices/{device.id}/history/{room['id']}/{number}", {"sealed": part})


def names_of(server, me, room, messages):
    """Of both, one's own first; also of who has left since."""
    people = [one["psychic"] for one in server.every(f"/rooms/{room}/participants")]
    people += [message["sender"] for message in messages]
    names = {one["id"]: one["username"] for one in people}
    return {me: names.pop(me), **names}


def readable_keys(conversation, messages):
    for message in messages:
        try:
            conversation.open(message)
        except Refused:
            continue  # what cannot be read here has no key to hand on
    return conversation.link.content_keys if conversation.link else {}
