"""The published contract of the socket: /schema/connect."""

import functools

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from mindnet.rest.access import Public
from mindnet.rest.documents import JSON, YAML, Document
from mindnet.socket import asyncapi


@functools.cache
def asyncapi_document():
    return Document(asyncapi.document())


class AsyncAPI(Public, APIView):
    renderer_classes = [JSON, YAML]

    @extend_schema(exclude=True)
    def get(self, request):
        return Response(asyncapi_document())
