"""Templates that extend others are drawn as Django would draw them, the second time too."""

import pytest
from django.template import Context, Engine

BUILTIN = "mindnet.templatetags.inherited"
BASE = "<{% block a %}base a{% endblock %}|{% block b %}base b{% endblock %}>"
TEMPLATES = {
    "base": BASE,
    "other": "({% block a %}other a{% endblock %})",
    "beach": "[{% block a %}beach a{% endblock %}]",
    "middle": '{% extends "base" %}{% block a %}middle {% block c %}c{% endblock %}{% endblock %}',
    "page": '{% extends "middle" %}{% block c %}page and {{ block.super }}{% endblock %}',
    "again": '{% extends "middle" %}{% block b %}again{% endblock %}{% block a %}{{ block.super }}!{% endblock %}',
    "named": "{% extends which %}{% block a %}named{% endblock %}",
    "chosen": '{% extends "b"|add:which %}{% block a %}chosen{% endblock %}',
}


def engine_of(builtins):
    return Engine(loaders=[("django.template.loaders.locmem.Loader", TEMPLATES)], builtins=builtins)


@pytest.mark.parametrize("name", ["base", "middle", "page", "again"])
def test_it_is_what_django_draws(name):
    drawn = engine_of([BUILTIN]).get_template(name)
    expected = engine_of([]).get_template(name).render(Context())
    assert [drawn.render(Context()) for _ in range(3)] == [expected] * 3


def test_a_template_is_remembered_where_its_name_is_written():
    engine = engine_of([BUILTIN])
    named = engine.get_template("named")
    for which, expected in [("base", "<named|base b>"), ("other", "(named)"), ("middle", "<named|base b>")] * 2:
        assert named.render(Context({"which": which})) == expected
        assert named.render(Context({"which": engine.get_template(which)})) == expected
    chosen = engine.get_template("chosen")
    assert [chosen.render(Context({"which": end})) for end in ("ase", "each")] == ["<chosen|base b>", "[chosen]"]


def test_one_that_has_the_name_of_what_it_extends(tmp_path):
    """As a project does with a page of an application."""
    for folder, text in {"mine": '{% extends "base" %}{% block b %}mine{% endblock %}', "theirs": BASE}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "base").write_text(text)
        (tmp_path / folder / "page").write_text('{% extends "base" %}{% block a %}page{% endblock %}')
    engine = Engine(dirs=[tmp_path / "mine", tmp_path / "theirs"], builtins=[BUILTIN])
    for name, expected in [("page", "<page|mine>"), ("base", "<base a|mine>")] * 2:
        assert engine.get_template(name).render(Context()) == expected
