"""Fields of serializers that carry a rule (`mindnet/base/rules.py`): the OpenAPI document prints it, the service checks
by it and words the refusal. What a field refuses by itself is another JSON type than its own, and a word that is no
choice."""

from rest_framework import serializers


class Ruled:
    """Mix-in: takes the rule before what DRF takes."""

    def __init__(self, rule, **options):
        super().__init__(**options)
        self.rule = rule


class Text(Ruled, serializers.CharField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a text.")
        return super().to_internal_value(data)


class Number(Ruled, serializers.IntegerField):
    """A JSON number: "12" is none, nor is true."""

    def to_internal_value(self, data):
        if type(data) is not int:
            raise serializers.ValidationError("This must be a whole number.")
        return data


class Choice(Ruled, serializers.ChoiceField):
    def __init__(self, rule, **options):
        super().__init__(rule, choices=rule.of, **options)


class Identifier(Ruled, serializers.UUIDField):
    """A UUID as text; DRF alone would take numbers too."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a UUID.")
        return super().to_internal_value(data)


class Moment(Ruled, serializers.DateTimeField):
    pass


class Flag(Ruled, serializers.BooleanField):
    pass


class File(Ruled, serializers.FileField):
    pass


class Many(Ruled, serializers.ListField):
    """Of what `child` reads. Its length is the service's to check, unless `max_length` is given."""


class Anything(Ruled, serializers.Field):
    """JSON as it came, for a service that looks into it itself."""

    def to_internal_value(self, data):
        return data

    def to_representation(self, value):
        return value
