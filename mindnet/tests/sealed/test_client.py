"""The client on the command line, against a real server: an evening with everything that can come between."""

import contextlib
import json
import os
import queue
import re
import stat
import subprocess
import sys
import threading

import pytest
import sealed_client
from sealed_server import Server
from sealed_talk import clean

from mindnet.tests.sealed.conftest import EXAMPLES
from mindnet.tests.support.people import PASSWORD
from mindnet.tests.support.tools import BASE_DIR

WAIT_SECONDS = 30
CANARY = "A canary \U0001f424"
CODE = re.compile(r"^ {4}([0-9A-Z-]{32})$", re.MULTILINE)
SHORT_CODE = re.compile(r"([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})")
SAFETY_NUMBER = re.compile(r"^\d{5}(?: \d{5}){11}$", re.MULTILINE)
ID = re.compile(r"[\w-]{22}")


class Terminal:
    """Where a psychic types the commands of sealed_client.py; `device` names a key file."""

    def __init__(self, world, person, folder, capsys, monkeypatch):
        self.world, self.person, self.folder, self.capsys = world, person, folder, capsys
        monkeypatch.setenv("MINDNET_PASSWORD", PASSWORD)
        monkeypatch.setenv("MINDNET_PASSPHRASE", "moonlight")

    def words(self, device, *words):
        keys = self.folder / f"{self.person.username}-{device}"
        return [self.world.url, "--user", self.person.username, "--keys", str(keys), *words]

    def run(self, device, *words):
        """What a command prints, or the sentence with which it ends."""
        try:
            sealed_client.main(self.words(device, *words))
        except SystemExit as end:
            self.capsys.readouterr()
            return end.code
        return self.capsys.readouterr().out

    @contextlib.contextmanager
    def talk(self, device, other, *words):
        command = [sys.executable, EXAMPLES / "sealed_client.py", *self.words(device, *words, "talk", other)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, text=True, encoding="utf-8", env=environment, **pipes) as process:
            try:
                yield Talk(process)
            finally:
                process.stdin.close()
                process.wait(WAIT_SECONDS)


class Talk:
    def __init__(self, process):
        self.process, self.lines, self.heard = process, queue.Queue(), []
        threading.Thread(target=lambda: [self.lines.put(line) for line in process.stdout], daemon=True).start()

    def type(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hears(self, *texts):
        """Waits for a line that has all of these."""
        while not any(all(text in line for text in texts) for line in self.heard):
            try:
                self.heard.append(self.lines.get(timeout=WAIT_SECONDS))
            except queue.Empty:
                raise AssertionError(f"{texts} did not come; {self.heard}") from None


@pytest.mark.once
@pytest.mark.parametrize("document", ["docs/sealed.md", "docs/examples/sealed_client.py"])
def test_the_commands_of_the_page_are_understood(document):
    commands = re.findall(r"^    \S*python \S*sealed_client\.py (.+)$", (BASE_DIR / document).read_text(), re.MULTILINE)
    assert [sealed_client.parser().parse_args(command.split()).deed for command in commands][-1] == "talk"


@pytest.mark.once
def test_a_device_is_revoked_whose_id_begins_as_an_option_does():
    assert sealed_client.parser().parse_args(["http://host", "--user", "ada", "revoke", "-a_B"]).id == "-a_B"


@pytest.mark.once
def test_what_others_write_cannot_look_like_anything_else():
    assert clean("a\n   2 bob: b\x1b[2J\u202e\u2028c\td") == "a\n     |    2 bob: b\ufffd[2J\ufffd\ufffdc\td"


@pytest.fixture
def terminals(embedded, tmp_path, capsys, monkeypatch):
    people = embedded.person("ada"), embedded.person("bob")
    return [Terminal(embedded, person, tmp_path, capsys, monkeypatch) for person in people]


def test_an_evening(terminals, monkeypatch):
    ada, bob = terminals
    names = ada.person.username, bob.person.username
    assert "first device" in ada.run("laptop", "setup") and "first device" in bob.run("desk", "--suite", "2", "setup")
    [code] = CODE.findall(bob.run("desk", "code"))
    keys = ada.folder / f"{names[0]}-laptop"
    (bob.folder / "saved").mkdir()
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600 and ada.person.token not in keys.read_text()

    with ada.talk("laptop", names[1]) as adas, bob.talk("desk", names[0]) as bobs:
        adas.type(f"{CANARY} sings.")
        bobs.hears(f"{names[0]}: {CANARY} sings.")
        adas.hears(f"{names[0]}: {CANARY} sings.")  # or it would come to her with what he thinks of it
        bobs.type("/react 1 👁")
        adas.hears("(changed)", f"(👁 {names[1]})")
        letter = ada.folder / "canary.txt"
        letter.write_text(f"{CANARY} in a file")
        adas.type(f"/file {letter}")
        bobs.hears("[canary.txt,", "/save 3]")
        bobs.type(f"/save 3 {bob.folder}/saved")
        bobs.hears("Saved")
        assert (bob.folder / "saved" / "canary.txt").read_text() == letter.read_text()

        # A second device of hers is let in while they talk, and Bob is told.
        [short] = SHORT_CODE.findall(ada.run("phone", "--name", "Her phone", "setup"))
        assert "No device with that code" in ada.run("laptop", "endorse", short[:-1] + "*")
        assert "Done" in ada.run("laptop", "endorse", short.lower())
        bobs.hears("new device “Her phone”")
        bobs.type("For both of your devices.")
        adas.hears(f"{names[1]}: For both of your devices.")
    with ada.talk("phone", names[1]) as phone, bob.talk("desk", names[0]) as bobs:
        phone.hears(f"{names[0]}: {CANARY} sings.")
        phone.hears(f"{names[1]}: For both of your devices.")

        # It is lost, and revoked: it reads and says nothing more.
        [lost] = [line for line in ada.run("laptop", "devices").splitlines() if "Her phone" in line]
        assert "Revoked" in ada.run("laptop", "revoke", ID.match(lost)[0])
        bobs.hears("revoked the device “Her phone”")
        bobs.type("Not for the phone.")
        phone.hears("cannot be read: It was not sealed for this device.", names[1])
        phone.type("I am still here")
        phone.hears("Not sent")

    # A new device of Bob's has everything by the code alone.
    monkeypatch.setenv("MINDNET_RECOVERY_CODE", "0" * 26)
    assert "not the recovery code" in bob.run("new", "recover")
    monkeypatch.setenv("MINDNET_RECOVERY_CODE", code.lower())
    assert "one of yours again" in bob.run("new", "recover")
    with bob.talk("new", names[0]) as bobs:
        bobs.hears(f"{names[0]}: {CANARY} sings.")
        bobs.hears(f"{names[1]}: Not for the phone.")
    assert_nothing_is_kept_of(CANARY, ada.world)
    numbers = {*SAFETY_NUMBER.findall(ada.run("laptop", "safety", names[1]) + bob.run("new", "safety", names[0]))}
    assert len(numbers) == 1


def assert_nothing_is_kept_of(text, world):
    """Neither in the database and its journal nor among uploads, nor in what the server has said."""
    kept = {path: path.read_bytes() for path in world.folder.rglob("*") if path.is_file()}
    assert any(name.encode() in whole for whole in kept.values() for name in ["sealed", "Her phone"])
    for written in (text.encode(), json.dumps(text)[1:-1].encode()):
        assert [path for path, whole in kept.items() if written in whole] == []


def test_who_starts_over_is_another_until_a_person_says_not(terminals, monkeypatch):
    ada, bob = terminals
    names = ada.person.username, bob.person.username
    ada.run("laptop", "setup"), bob.run("desk", "setup")
    with ada.talk("laptop", names[1]) as adas, bob.talk("desk", names[0]) as bobs:
        adas.type("It is me.")
        bobs.hears(f"{names[0]}: It is me.")
        assert "first device" in ada.run("new", "setup", "--start-over")
        bobs.hears(f"{names[0]} has another identity than before", "Nothing is sent.")
        bobs.type("Is it you?")
        bobs.hears("Not sent", "another identity")
    assert "not those that were seen before" in ada.run("laptop", "devices")
    with ada.talk("new", names[1]) as adas, bob.talk("desk", names[0], "--accept-root") as bobs:
        bobs.hears(f"{names[0]}: It is me.")
        bobs.type("So it is you.")
        adas.hears(f"{names[1]}: So it is you.")
    monkeypatch.setenv("MINDNET_PASSPHRASE", "sunlight")
    assert "not the passphrase" in ada.run("new", "devices")


def test_what_was_sealed_for_the_devices_of_before_is_sealed_again(terminals):
    ada, bob = terminals
    ada.run("laptop", "setup"), bob.run("desk", "setup")
    arguments = sealed_client.parser().parse_args(bob.words("desk", "talk", ada.person.username))
    keys = sealed_client.opened_keys(arguments)
    with Server(arguments.url, keys.token) as server:
        conversation = sealed_client.Client(arguments, keys, server).conversation()
        [short] = SHORT_CODE.findall(ada.run("phone", "--name", "Her phone", "setup"))
        ada.run("laptop", "endorse", short)
        # Nobody listens here: only the server's refusal tells of it.
        message = conversation.command("For all of your devices.")
    assert "new device “Her phone”" in bob.capsys.readouterr().out
    assert len(json.loads(message["content"])["to"]) == 3
    assert conversation.linked().open(message)["text"] == "For all of your devices."
