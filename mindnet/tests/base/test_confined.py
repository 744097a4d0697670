"""Work in a process of its own: what it gives, what ends it, and who waits."""

import io
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mindnet.base import confined
from mindnet.base.confined import Bounds, Exceeded, Workshop
from mindnet.base.errors import DomainError
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.once

BOUNDS = Bounds(seconds=5, memory_bytes=1024**3, answer_bytes=1000)


@pytest.fixture(autouse=True)
def one_place(settings):
    """One piece of work at a time, and one more that waits."""
    settings.LIMITS = settings.LIMITS | {"CONFINED_AT_ONCE": 1, "CONFINED_WAITING": 1}


@pytest.fixture
def workshop():
    workshop = Workshop()
    yield workshop
    assert workshop.line == []


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def run(workshop, name, *, bounds=BOUNDS, whose="ada", content=b"abc", **arguments):
    function = f"mindnet.tests.base.confined_jobs:{name}"
    return workshop.run(function, io.BytesIO(content), arguments, bounds, whose=whose)


def refusal(workshop, name, **options):
    with pytest.raises(DomainError) as caught:
        run(workshop, name, **options)
    return caught.value.code


def when(condition):
    """Waits until it is so."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def begun(path):
    when(Path(f"{path}.begun").exists)


# What it gives


def test_the_parts_come_back_as_they_were_made(workshop):
    assert run(workshop, "turned", times=3) == [b"cba"] * 3
    assert run(workshop, "turned", times=0) == []
    assert run(workshop, "turned", times=2, content=b"") == [b"", b""]


def test_parts_are_files_that_are_read_from_anywhere(workshop):
    source = io.BytesIO(b"0123456789")
    function = "mindnet.tests.base.confined_jobs:turned"
    with workshop.parts(function, source, {"times": 2}, BOUNDS, whose="ada") as [one, two]:
        assert workshop.line == [], "who keeps what was made keeps nobody waiting"
        assert (one.read(4), two.read(), one.read()) == (b"9876", b"9876543210", b"543210")
        assert one.seek(-3, os.SEEK_END) == 7 and one.read() == b"210"
        assert two.seek(2) == 2 and two.read(2) == b"76" and two.seek(1, os.SEEK_CUR) == 5 and two.read(1) == b"4"
        assert two.seek(50) == 50 and two.read() == b""


def test_a_file_is_worked_on_from_its_beginning(workshop, tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    with (tmp_path / "file").open("rb") as file:
        file.read()
        made = workshop.run("mindnet.tests.base.confined_jobs:turned", file, {"times": 1}, BOUNDS, whose="ada")
    assert made == [b"cba"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_nothing_of_the_server_is_there(workshop, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "open the third eye, all of you now")
    with (tmp_path / "database").open("w") as inherited:
        os.set_inheritable(inherited.fileno(), True)
        environment, files, known, niceness = json.loads(run(workshop, "surroundings", bounds=BOUNDS._replace(
            answer_bytes=100_000))[0])  # fmt: skip
    assert environment.keys() <= {*confined.PASSED_ON, "LC_CTYPE"}
    assert files == ["0", "1", "2"]
    assert not [name for name in known if name.startswith(("django", "psycopg", "mindnet.settings"))]
    assert niceness > os.nice(0)


def test_a_refusal_is_raised_as_it_was(workshop):
    with pytest.raises(DomainError) as caught:
        run(workshop, "refuses")
    assert (caught.value.code, caught.value.errors) == ("validation_error", {"file": ["No owls."]})


# What ends it


@pytest.mark.parametrize(
    "name, of, arguments",
    [
        ("calculates", "seconds", {}),
        ("remembers", "memory", {}),
        ("answers_too_much", "anything else", {}),
        ("fails", "anything else", {}),
        ("dies", "anything else", {}),
        ("writes", "anything else", {"text": ""}),
        ("writes", "anything else", {"text": "[1]\n"}),
        ("writes", "anything else", {"text": '{"sizes": [-1]}\nx'}),
        ("writes", "anything else", {"text": '{"sizes": [2000]}\nx'}),
        ("writes", "anything else", {"text": '{"sizes": [3]}\nx'}),
        ("writes", "anything else", {"text": "[" * 5000}),
    ],
)
def test_what_takes_too_much_is_ended_and_what_makes_no_sense_is_nothing(workshop, name, of, arguments):
    with pytest.raises(Exceeded) as caught:
        run(workshop, name, bounds=BOUNDS._replace(seconds=1), **arguments)
    assert caught.value.of == of
    assert run(workshop, "turned", times=1) == [b"cba"]


def test_why_a_process_died_is_one_line_of_the_log(workshop, caplog):
    with pytest.raises(Exceeded):
        run(workshop, "fails")
    assert "and 'another'" in caplog.text and "Traceback" not in caplog.text and caplog.text.count("\n") == 1


def test_a_code_that_is_none_of_ours_is_a_plain_refusal(workshop):
    assert refusal(workshop, "refuses_oddly", code="Boom") == "validation_error"


def test_when_time_is_up_the_process_is_gone(workshop, pool, monkeypatch):
    monkeypatch.setattr(confined, "WORK_SECONDS", 0.5)
    one = pool.submit(refusal, workshop, "sleeps")
    when(lambda: workshop.line and workshop.line[0].process)
    process = workshop.line[0].process
    assert one.result() == "overloaded"
    assert process.returncode < 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_a_killed_server_leaves_ends_by_itself(tmp_path):
    path = tmp_path / "free"
    program = f"""
import io
from django.conf import settings
settings.configure(LIMITS={{"CONFINED_AT_ONCE": 1, "CONFINED_WAITING": 1}})
from mindnet.base import confined
confined.WORK_SECONDS = 2
confined.workshop.run("mindnet.tests.base.confined_jobs:waits_for", io.BytesIO(), {{"path": {str(path)!r}}},
    confined.Bounds(9, 2**30, 100), whose=1)
"""
    server = subprocess.Popen([sys.executable, "-c", program], cwd=BASE_DIR)
    begun(path)
    [child] = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    server.kill()
    server.wait()
    when(lambda: not Path(f"/proc/{child}").exists() or ") Z " in Path(f"/proc/{child}/stat").read_text())


# Who waits


def test_others_wait_in_line_and_who_comes_on_top_is_told(workshop, pool, tmp_path):
    first = pool.submit(run, workshop, "waits_for", whose="ada", path=str(tmp_path / "a"))
    begun(tmp_path / "a")
    second = pool.submit(run, workshop, "waits_for", whose="bob", path=str(tmp_path / "b"))
    when(lambda: len(workshop.line) == 2)
    assert refusal(workshop, "sleeps", whose="mallory") == "overloaded"
    assert not (tmp_path / "b.begun").exists()
    (tmp_path / "a").touch()
    begun(tmp_path / "b")
    (tmp_path / "b").touch()
    assert first.result() == second.result() == [b"done"]


def test_several_are_worked_on_at_a_time(workshop, pool, tmp_path, settings):
    settings.LIMITS = settings.LIMITS | {"CONFINED_AT_ONCE": 2}
    both = [pool.submit(run, workshop, "waits_for", whose=name, path=str(tmp_path / name)) for name in ("a", "b")]
    for name in ("a", "b"):
        begun(tmp_path / name)
    for name in ("a", "b"):
        (tmp_path / name).touch()
    assert [one.result() for one in both] == [[b"done"]] * 2


def test_nobody_takes_more_than_one_place(workshop, pool, tmp_path):
    first = pool.submit(run, workshop, "waits_for", whose="mallory", path=str(tmp_path / "m"))
    begun(tmp_path / "m")
    assert refusal(workshop, "sleeps", whose="mallory") == "rate_limited"
    (tmp_path / "m").touch()
    first.result()
    assert run(workshop, "turned", times=1, whose="mallory") == [b"cba"]


def test_who_has_waited_too_long_is_told(workshop, pool, tmp_path, monkeypatch):
    first = pool.submit(run, workshop, "waits_for", whose="ada", path=str(tmp_path / "a"))
    begun(tmp_path / "a")
    monkeypatch.setattr(confined, "WAIT_SECONDS", 0.05)
    assert refusal(workshop, "sleeps", whose="bob") == "overloaded"
    (tmp_path / "a").touch()
    first.result()


def test_when_the_server_stops_nobody_waits_any_longer(workshop, pool, tmp_path):
    first = pool.submit(refusal, workshop, "waits_for", whose="ada", path=str(tmp_path / "a"))
    begun(tmp_path / "a")
    second = pool.submit(refusal, workshop, "sleeps", whose="bob")
    when(lambda: len(workshop.line) == 2)
    workshop.end()
    assert first.result() == second.result() == "unavailable"
    assert run(workshop, "turned", times=1) == [b"cba"]


def test_what_has_just_begun_when_the_server_stops_is_ended_too(workshop, pool):
    for _ in range(3):
        one = pool.submit(refusal, workshop, "sleeps")
        when(lambda: workshop.line)
        workshop.end()
        assert one.result(5) == "unavailable"
