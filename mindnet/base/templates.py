"""Django's templates, whose contexts go when nobody has them any more.

Django puts what a template is given into the context as a dictionary that knows the context in turn. Such a circle
stays until the garbage collector comes by, with all that the page was made of; and then everybody waits for that.
"""

from typing import Any

from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates, Template, reraise
from django.template.context import ContextDict, make_context
from django.utils.safestring import SafeString


class Templates(DjangoTemplates):
    """The backend of the settings."""

    def from_string(self, template_code: str) -> "OwnTemplate":
        return OwnTemplate(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> "OwnTemplate":
        try:
            return OwnTemplate(self.engine.get_template(template_name), self)
        except TemplateDoesNotExist as error:
            reraise(error, self)
            raise


class OwnTemplate(Template):
    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        """As Django's. The context keeps its values, for whoever still has it."""
        made = make_context(context, request, autoescape=self.backend.engine.autoescape)
        try:
            return self.template.render(made)
        except TemplateDoesNotExist as error:
            reraise(error, self.backend)
            raise
        finally:
            for values in made.dicts:
                if isinstance(values, ContextDict):
                    del values.context
