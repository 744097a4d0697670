"""What HTTP says of the socket: its published contract at /schema/connect, and at /connect how to come in."""

import functools

from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from mindnet.base.errors import DomainError
from mindnet.rest.access import Public
from mindnet.rest.documents import JSON, YAML, Document
from mindnet.rest.rendering import as_json
from mindnet.socket import asyncapi


@functools.cache
def asyncapi_document():
    return Document(asyncapi.document())


class AsyncAPI(Public, APIView):
    renderer_classes = [JSON, YAML]

    @extend_schema(exclude=True)
    def get(self, request):
        return Response(asyncapi_document())


@never_cache
@csrf_exempt
def upgrade_required(request):
    """/connect asked for as a page, or by a client whose proxy took the upgrade out of its handshake."""
    refusal = DomainError("upgrade_required", "This is a WebSocket: ask for an upgrade.")
    response = as_json(refusal.as_json(), status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response
