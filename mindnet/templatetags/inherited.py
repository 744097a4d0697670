"""`{% extends %}` as Django has it, which remembers the template that is extended, and its blocks: Django looks for the
one and goes through all of it for the others, for every page. It is there in every template (`builtins` in the
settings)."""

import functools

from django import template
from django.template.base import TextNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode
from django.template.loader_tags import do_extends as parse

register = template.Library()


@functools.lru_cache(maxsize=256)
def blocks_of(extended):
    """{name: node} of a template's own blocks; none of one that extends another, which adds them itself."""
    first = next((node for node in extended.nodelist if not isinstance(node, TextNode)), None)
    if isinstance(first, ExtendsNode):
        return {}
    return {node.name: node for node in extended.nodelist.get_nodes_by_type(BlockNode)}


class RememberedNode(ExtendsNode):
    extended = None

    def get_parent(self, context):
        """Which one it is depends on what extends this one, where something does, and on values where it is not named:
        then Django looks."""
        is_named = isinstance(self.parent_name.var, str) and not self.parent_name.filters
        if self.context_key in context.render_context or not is_named:
            return super().get_parent(context)
        if self.extended is None:
            self.extended = super().get_parent(context)
        context.render_context[self.context_key] = [self.origin, self.extended.origin]
        return self.extended

    def render(self, context):
        extended = self.get_parent(context)
        if BLOCK_CONTEXT_KEY not in context.render_context:
            context.render_context[BLOCK_CONTEXT_KEY] = BlockContext()
        for blocks in (self.blocks, blocks_of(extended)):
            context.render_context[BLOCK_CONTEXT_KEY].add_blocks(blocks)
        with context.render_context.push_state(extended, isolated_context=False):
            return extended._render(context)


@register.tag
def extends(parser, token):
    node = parse(parser, token)
    return RememberedNode(node.nodelist, node.parent_name)
