"""`{% url %}` as Django has it, which remembers addresses: a page has sixty of them, and working one out takes longer
than drawing the link around it. It is there in every template (`builtins` in the settings)."""

import functools

from django import template
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parse
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()


@functools.lru_cache(maxsize=8192)
def address(name, arguments, prefix, urlconf):
    """`prefix` and `urlconf` are what an address depends on beside its name and arguments."""
    return reverse(name, args=arguments)


# Nobody's id.
MARKED = 9_007_199_254_740_000


def address_of_one(name, place, number):
    """The address of one of many in a place, such as a message of a room, as Django would write it. It is worked out
    once for all of them."""
    found = address(name, (place, MARKED), get_script_prefix(), get_urlconf())
    return found.replace(str(MARKED), str(number))


class RememberedNode(URLNode):
    def render(self, context):
        name = self.view_name.resolve(context)
        # Namespaces depend on the application that draws the page, and words may be lazy ones, of any language.
        if self.kwargs or self.asvar or not isinstance(name, str) or ":" in name:
            return super().render(context)
        arguments = tuple([argument.resolve(context) for argument in self.args])
        if not all(type(argument) in (int, str) for argument in arguments):
            return super().render(context)
        found = address(name, arguments, get_script_prefix(), get_urlconf())
        return conditional_escape(found) if context.autoescape else found


@register.tag
def url(parser, token):
    node = parse(parser, token)
    return RememberedNode(node.view_name, node.args, node.kwargs, node.asvar)
