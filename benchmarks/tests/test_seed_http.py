"""What the HTTP measurement stands on: every answer that it expects is given, whatever has become of the pages."""

from types import SimpleNamespace

import pytest

from benchmarks import seed_http
from benchmarks.client import checks
from benchmarks.client.link import Answer
from benchmarks.web.ours import Ours

pytestmark = pytest.mark.once
MESSAGES = 120
# Who is online is known by sockets, which nobody has opened here; a file and /healthz are no rows.
OF_SOCKETS = ("lobby", "online")


def test_what_is_expected_is_answered(db, client, settings):
    made = seed_http.main(MESSAGES)
    ours = Ours(SimpleNamespace(port=0, env={"DATA_DIR": settings.DATA_DIR}), made)
    for call in [*ours.pages(MESSAGES), *ours.reads(), ours.post(), ours.edit()]:
        for signed in call.signed if call.label not in OF_SOCKETS else ():
            headers, path, sent = call.headers | ours.signed[signed], call.paths[0], ""
            if call.words:
                sent = '{"content": "a lamp"}'
            answer = client.generic(call.method, path, sent, content_type="application/json", headers=headers)
            head = f"\r\ncontent-encoding: {answer.headers.get('Content-Encoding', '')}".encode()
            given = Answer(answer.status_code, head, answer.content)
            assert not checks.made(**call.check).problem(given, 0, sent), (call.label, path)
