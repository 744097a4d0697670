"""What any client of the REST door meets; who may do what is in test_views_access.py."""

import pytest


@pytest.mark.parametrize("path, words", [("", "Inner circle"), ("/participants", "bob"), ("/restrictions", "results")])
def test_a_browser_gets_pages_with_forms(room, ada, client, path, words):
    client.force_login(ada)
    answer = client.get(f"/rooms/{room.pk}{path}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert words in answer.content.decode()
    listed = client.get("/rooms", headers={"Accept": "text/html"}).content.decode()
    # The form to make a room.
    assert 'name="_content"' in listed and 'action="/rooms"' in listed


@pytest.mark.django_db
def test_methods_there_are_not_and_bodies_that_are_none(room, ada, api):
    answer = api(ada).put(f"/rooms/{room.pk}", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    answer = api(ada).post("/rooms", data=b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert api(ada).options("/rooms").status_code == 200
