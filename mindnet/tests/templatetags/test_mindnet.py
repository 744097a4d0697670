"""Which modules a page names: those it begins with, and those it brings when they are first used."""

import json

import pytest

from mindnet.templatetags import mindnet as tags

MODULES = {
    "pages/room.js": 'import { find } from "../view/dom.js";\nconst open = () => import("../view/viewer.js");\n',
    "view/dom.js": "export const find = 1;\n",
    "view/viewer.js": 'import { find } from "./dom.js";\nimport { turn } from "./turn.js";\n',
    "view/turn.js": "export const turn = 1;\n",
}


@pytest.fixture
def scripts(tmp_path, monkeypatch, settings):
    settings.DEBUG = True  # nothing is remembered
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(tags, "SCRIPTS", tmp_path)
    monkeypatch.setattr(tags, "static", lambda name: f"/static/{name.replace('.js', '.abc.js')}")


def test_what_is_brought_later_is_mapped_with_what_it_imports_and_not_preloaded(scripts):
    assert tags.modules_of("pages/room.js") == ["mindnet/js/pages/room.js", "mindnet/js/view/dom.js"]
    imports = json.loads(tags.import_map("pages/room.js"))["imports"]
    assert imports["/static/mindnet/js/view/turn.js"] == "/static/mindnet/js/view/turn.abc.js"
    assert len(imports) == len(MODULES)
