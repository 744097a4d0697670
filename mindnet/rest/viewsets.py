"""What all REST views are made of."""

from rest_framework.viewsets import GenericViewSet

from mindnet.rest.input import Nothing, read
from mindnet.rest.short import tried


class View(GenericViewSet):
    """`inputs` names the serializer of each action that takes a body; OPTIONS and the browsable API read it too.
    `in_path` says for the OpenAPI document what each parameter of the path is. `short`: which actions have a short way
    (`mindnet.rest.short`)."""

    inputs = {}
    in_path = {}
    short = {}

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        before = tried(request._request)
        if before and before.error:
            raise before.error

    def get_serializer_class(self):
        # By the method, since OPTIONS is an action of its own and asks for that of POST and PUT.
        action = self.action_map.get(self.request.method.lower())
        return self.inputs.get(action, Nothing)

    def get_object(self):
        """OPTIONS wants to know whether there is one before it describes PUT. Whether there is, the services know."""

    def body(self, **options):
        return read(self.request, self.get_serializer_class(), **options)
