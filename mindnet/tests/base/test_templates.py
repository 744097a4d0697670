"""What a template is given goes with whoever gave it."""

import gc
import weakref

from django.http import HttpRequest
from django.template.loader import get_template

from mindnet.base.templates import Templates


class Thing:
    pass


def test_what_a_template_was_given_goes_without_the_collector():
    template = get_template("refused.html")
    assert isinstance(template.backend, Templates)
    request, thing = HttpRequest(), Thing()
    seen = weakref.ref(thing)
    gc.disable()
    try:
        template.render({"sentences": [], "thing": thing}, request)
        assert seen() is thing
        request.__dict__.clear()
        del thing
        assert seen() is None
    finally:
        gc.enable()
