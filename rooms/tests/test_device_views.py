"""Devices over REST: what each door answers, and whatever Mallory may send there."""

import pytest

from mindnet.tests.support.sealed import Keys, Mind, bundle, handed_on, noise
from rooms import services

pytestmark = pytest.mark.django_db


def test_a_device_from_its_card_to_its_end(ada, bob, api):
    link, _ = services.create_room(psychic=ada, kind="private", with_username="bob")
    client, mind = api(ada), Mind(ada)
    assert client.get("/devices").json() == {"log": [], "head": None, "devices": [], "recovery": False, "waiting": []}
    first, second, code = Keys(ada), Keys(ada, suite=2), Keys(ada, kind="recovery")
    assert client.post("/devices", first.offer, format="json").json()["errors"].keys() == {"entry"}
    entry = mind.entry("root", first, first)
    for status in (201, 200):
        assert client.post("/devices", first.offer | {"entry": entry}, format="json").status_code == status
    mind.keep(entry, came=first)
    assert client.post("/devices", second.offer, format="json").status_code == 201
    entry = mind.entry("endorse", second, first)
    body = client.post(f"/devices/{second.id}/endorse", {"entry": entry}, format="json").json()
    mind.keep(entry, came=second)
    assert body == client.get("/devices").json()
    assert (body["log"], body["head"]) == (mind.log, mind.head)
    shape = {"id": second.id, "kind": "device", "name": "Firefox on Linux", **second.offer}
    assert body["devices"][1] == shape

    entry = mind.entry("endorse", code, second)
    sealed = bundle(code)
    recovery = code.offer | {"entries": [entry], "bundle": sealed}
    assert client.put("/devices/recovery", recovery, format="json").json()["recovery"] is True
    mind.keep(entry, came=code)
    assert client.get("/devices/recovery").json() == sealed

    part = handed_on(link.pk, first, second, psychic=ada, part=3)
    address = f"/devices/{second.id}/history"
    assert client.put(f"{address}/{link.pk}/3", {"sealed": part}, format="json").status_code == 204
    assert client.get(address).json()["results"] == [{"room": link.pk, "part": 3, "sealed": part}]

    theirs = api(bob).get("/psychics/ada/devices").json()
    assert theirs.keys() == {"psychic", "log", "head", "devices"}
    assert (theirs["psychic"], theirs["head"]) == ({"id": ada.pk, "username": "ada"}, mind.head)
    entry = mind.entry("revoke", first, second)
    body = client.post(f"/devices/{first.id}/revoke", {"entry": entry}, format="json").json()
    assert [one["id"] for one in body["devices"]] == [second.id, code.id]
    late = mind.entry("revoke", second, second)
    answer = client.post(f"/devices/{second.id}/revoke", {"entry": late}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "device_list_changed")
    assert answer.json()["lists"] == [api(ada).get("/psychics/ada/devices").json()]


def test_mallory_finds_nothing(ada, mallory, api):
    mind = Mind(ada)
    second = mind.endorse() if mind.begin() else None
    part = handed_on(1, mind.live[0], second, psychic=ada)
    entry = {"entry": mind.entry("revoke", second, mind.live[0])}
    client = api(mallory)
    missing = client.get("/psychics/nobody/devices")
    for answer in (
        client.get("/psychics/ada/devices"),
        client.get("/devices/recovery"),
        client.get(f"/devices/{second.id}/history"),
        client.post(f"/devices/{second.id}/revoke", entry, format="json"),
    ):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert client.put(f"/devices/{second.id}/history/1/0", {"sealed": part}, format="json").status_code == 400


ODD = [
    None, True, 7, 1e300, "", "x", "\0", "\u00e9" * 2000, [], [[]], {}, {"statement": "{}"},
    {"statement": None, "signature": 7}, {"statement": "[" * 3000, "signature": "A" * 86},
    {"statement": '{"v": 1, "v": 1}', "signature": "A" * 86}, {"statement": "{}", "signature": "A" * 85 + "="},
    {"v": 10**30, "device": {}, "salt": [], "iv": 0, "box": "A" * 5000},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_sent_is_refused_in_words(ada, api, odd):
    mind = Mind(ada)
    first = mind.begin()
    good = {"card": first.card, "signature": first.signature, "entry": mind.log[0], "start_over": False}
    code = Keys(ada, kind="recovery")
    recovery = code.offer | {"entries": [mind.entry("endorse", code, first)], "bundle": bundle(code)}
    client = api(ada)
    asked = [("post", "/devices", good, name) for name in good]
    asked += [("put", "/devices/recovery", recovery, name) for name in recovery]
    asked += [("post", f"/devices/{first.id}/{deed}", {"entry": {}}, "entry") for deed in ("endorse", "revoke")]
    asked.append(("put", f"/devices/{first.id}/history/1/{2**70}", {"sealed": ""}, "sealed"))
    for method, path, body, name in asked:
        answer = getattr(client, method)(path, body | {name: odd}, format="json")
        # One's own root again changes nothing, however false is said.
        assert answer.status_code in ((200, 400) if (name, odd) == ("start_over", True) else (400,)), (path, name)
        assert answer.status_code == 200 or answer.json()["code"] in ("validation_error", "invalid_json")
    for path in (f"/devices/{noise(9)}/history", "/devices/%00/history", f"/psychics/{odd}/devices"):
        assert client.get(path).status_code == 404
