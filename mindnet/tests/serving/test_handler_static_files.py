"""Static files, which `serve` collects at the start, are answered past Django's middleware but not past its care."""

import re

import pytest

pytestmark = pytest.mark.servers  # which it asks for by name, when it runs


@pytest.fixture(params=["embedded", "cluster"])
def visitor(request):
    world = request.getfixturevalue(request.param)
    return world.open_client(process=len(world.processes) - 1, follow_redirects=True)


def test_a_page_finds_its_files_and_they_may_be_kept(visitor):
    page = visitor.get("/accounts/login/").raise_for_status()
    paths = sorted(set(re.findall(r'"(/static/[^"]+\.(?:css|js|svg))"', page.text)))
    assert paths
    for path in paths:
        file = visitor.get(path)
        assert file.status_code == 200 and file.content, path
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age" in file.headers["Cache-Control"]
        assert visitor.head(path).status_code == 200
    again = visitor.get(paths[0], headers={"If-Modified-Since": visitor.get(paths[0]).headers["Last-Modified"]})
    assert again.status_code == 304


def test_what_is_not_there_is_not_found(visitor):
    for path in ("/static/none.css", "/static/", "/static/../manage.py", "/static/%2e%2e/manage.py"):
        assert visitor.get(path).status_code == 404, path
