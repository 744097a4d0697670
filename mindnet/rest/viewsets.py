"""What all REST views are made of."""

from rest_framework.viewsets import GenericViewSet

from mindnet.rest.input import Nothing, read


class View(GenericViewSet):
    """`inputs` names the serializer of each action that takes a body; the browsable API reads it too."""

    inputs = {}

    def get_serializer_class(self):
        return self.inputs.get(self.action, Nothing)

    def body(self, **options):
        return read(self.request, self.get_serializer_class(), **options)
