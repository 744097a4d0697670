"""The published contract of the REST door: /schema and a page to try the API."""

import functools

import msgspec
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from mindnet.rest.access import Public
from mindnet.rest.rendering import JSONRenderer, encoder


class Document(dict):
    """A whole document: the same for everybody, and unchanged while the process runs, so it is written out once."""

    __hash__ = object.__hash__


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, data):
        return True


Dumper.add_representer(Document, Dumper.represent_dict)


@functools.cache
def in_json(document):
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


@functools.cache
def in_yaml(document):
    return as_yaml(document)


def as_yaml(data):
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120).encode()


class JSON(JSONRenderer):
    def render(self, data, accepted_media_type=None, renderer_context=None):
        return in_json(data) if isinstance(data, Document) else super().render(data)


class YAML(BaseRenderer):
    media_type, format, charset = "application/yaml", "yaml", "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        # What is no document is a refusal.
        return in_yaml(data) if isinstance(data, Document) else as_yaml(msgspec.json.decode(encoder.encode(data)))


class OpenAPIJSON(JSON):
    media_type = OpenApiJsonRenderer.media_type


class OpenAPIYAML(YAML):
    media_type = OpenApiYamlRenderer.media_type


@functools.cache
def openapi_document():
    document = SchemaGenerator().get_schema(request=None, public=True)
    # Through the renderer once: it knows the few odd types in the generator's result.
    return Document(msgspec.json.decode(OpenApiJsonRenderer().render(document)))


class OpenAPI(Public, APIView):
    renderer_classes = [JSON, OpenAPIJSON, YAML, OpenAPIYAML]

    @extend_schema(exclude=True)
    def get(self, request):
        return Response(openapi_document())


class Docs(SpectacularSwaggerSplitView):
    """The API to try out. The script comes from an address of its own, as the content security policy wants it."""

    template_name = "docs/api.html"
    title = "mindnet: the API"
