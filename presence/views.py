"""The REST door of accounts, profiles and presence."""

from django.contrib.auth import logout
from rest_framework import serializers
from rest_framework.views import APIView

from mindnet.addresses import client_address
from mindnet.realtime import protocol
from mindnet.rest import Public, Response, StrictSerializer, list_page, read
from presence import accounts, meditation, services
from presence.models import Status

CHOSEN = [status for status in Status.values if status != Status.OFFLINE]


class Credentials(StrictSerializer):
    username = serializers.CharField(trim_whitespace=False)
    password = serializers.CharField(trim_whitespace=False)


class PasswordChange(StrictSerializer):
    old_password = serializers.CharField(trim_whitespace=False)
    new_password = serializers.CharField(trim_whitespace=False)


class Nothing(StrictSerializer):
    """For requests without input: unknown fields are refused here too."""


class Word(serializers.CharField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be a text.")
        return super().to_internal_value(data)


class ProfileChange(StrictSerializer):
    display_name = serializers.CharField(required=False, allow_blank=True)
    bio = serializers.CharField(required=False, allow_blank=True)
    abilities = serializers.ListField(child=Word(allow_blank=True), required=False)


class PresenceChange(StrictSerializer):
    status = serializers.ChoiceField(CHOSEN, required=False)
    note = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    until = serializers.DateTimeField(required=False, allow_null=True)


class QuietEntry(StrictSerializer):
    days = serializers.ListField(child=Word())

    def get_fields(self):
        # `from` is a word of Python's.
        return super().get_fields() | {"from": Word(source="starts"), "to": Word(source="ends")}


class MeditationChange(StrictSerializer):
    urgent_from = serializers.ChoiceField(meditation.UrgentFrom.values, required=False)
    chosen = serializers.ListField(child=Word(), required=False)
    time_zone = serializers.CharField(required=False)
    quiet_hours = serializers.ListField(child=QuietEntry(), required=False)


class SignUp(Public, APIView):
    def post(self, request):
        fields = read(request, Credentials)
        psychic = accounts.sign_up(**fields, address=client_address(request.META))
        return Response(accounts.own_profile(psychic=psychic), status=201)


class Token(Public, APIView):
    def post(self, request):
        fields = read(request, Credentials)
        psychic = accounts.sign_in(request=request._request, **fields)
        row, text = accounts.create_token(psychic=psychic, request=request._request)
        return Response({"token": text, "expiry": protocol.utc(row.expiry)}, status=201)


class Logout(APIView):
    """Ends the token or the login session that this request came with."""

    def post(self, request):
        read(request, Nothing)
        if request.auth is not None:
            request.auth.delete()
        else:
            logout(request._request)
        return Response(status=204)


class LogoutAll(APIView):
    """Ends all tokens."""

    def post(self, request):
        read(request, Nothing)
        accounts.revoke_tokens(psychic=request.user)
        return Response(status=204)


class Password(APIView):
    def post(self, request):
        fields = read(request, PasswordChange)
        accounts.change_password(request=request._request, psychic=request.user, token=request.auth, **fields)
        return Response(status=204)


class Profile(APIView):
    def get(self, request, username):
        return Response(accounts.profile(viewer=request.user, username=username))


class OwnProfile(APIView):
    def get(self, request):
        return Response(accounts.own_profile(psychic=request.user))

    def patch(self, request):
        fields = read(request, ProfileChange, partial=True)
        return Response(accounts.update_profile(psychic=request.user, **fields))


class Online(APIView):
    def get(self, request):
        return list_page(request, services.online_psychics(viewer=request.user))


class OwnPresence(APIView):
    def get(self, request):
        return Response(services.own_presence(psychic=request.user))

    def patch(self, request):
        fields = read(request, PresenceChange, partial=True)
        return Response(services.set_presence(psychic=request.user, **fields))


class OwnMeditation(APIView):
    """Who gets through while one meditates, and recurring quiet hours."""

    def get(self, request):
        return Response(meditation.settings_of(request.user))

    def patch(self, request):
        # Not partial: an entry of the quiet hours is whole.
        fields = read(request, MeditationChange)
        return Response(meditation.change_settings(psychic=request.user, **fields))
