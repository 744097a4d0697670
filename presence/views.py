"""The REST door of accounts, profiles and presence."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from mindnet.base import moments
from mindnet.base.addresses import client_address
from mindnet.rest.access import Public
from mindnet.rest.input import StrictSerializer, read, read_query
from mindnet.rest.lists import Page, list_page
from presence import accounts, avatars, directory, meditation, pictures, profiles, services
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


class DirectoryFilter(serializers.Serializer):
    search = serializers.CharField(required=False, allow_blank=True)
    ability = serializers.CharField(required=False, allow_blank=True)
    ids = serializers.CharField(required=False)


class Upload(StrictSerializer):
    """A form of one file."""

    # Named as in the contract; what is in the file is looked at by the service.
    file = serializers.FileField(allow_empty_file=True)


class Psychics(APIView):
    """Signing up is open to everybody, the directory to psychics."""

    def get_permissions(self):
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get(self, request):
        page = Page(request, directory.find(**read_query(request, DirectoryFilter)))
        shown = {one["id"]: one for one in profiles.profiles_of(request.user, page.rows)}
        return page.answer(lambda row: shown[row.pk])

    def post(self, request):
        fields = read(request, Credentials)
        psychic = accounts.sign_up(**fields, address=client_address(request.META))
        return Response(profiles.own_profile(psychic=psychic), status=201)


class Token(Public, APIView):
    def post(self, request):
        fields = read(request, Credentials)
        psychic = accounts.sign_in(request=request._request, **fields)
        row, text = accounts.create_token(psychic=psychic, request=request._request)
        return Response({"token": text, "expiry": moments.utc(row.expiry)}, status=201)


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
        return Response(profiles.profile(viewer=request.user, username=username))


class OwnProfile(APIView):
    def get(self, request):
        return Response(profiles.own_profile(psychic=request.user))

    def patch(self, request):
        fields = read(request, ProfileChange, partial=True)
        return Response(profiles.update_profile(psychic=request.user, **fields))


class OwnAvatar(APIView):
    """The own picture: `PUT` a form with a `file`."""

    parser_classes = [MultiPartParser]

    def put(self, request):
        psychic = avatars.set_avatar(psychic=request.user, **read(request, Upload))
        return Response(profiles.own_profile(psychic=psychic))

    def delete(self, request):
        avatars.remove_avatar(psychic=request.user)
        return Response(status=204)


class AnyAccept(DefaultContentNegotiation):
    """An image element asks for images; what it is refused is JSON all the same."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class Avatar(APIView):
    """A psychic's picture as WebP. Under the address that the profile names it never changes."""

    content_negotiation_class = AnyAccept
    # A page full of people asks for as many pictures, once: this counts with the page.
    throttle_classes = []

    def get(self, request, username):
        key, content = avatars.read_avatar(username=username, small="small" in request.query_params)
        return picture_response(request, key, content)


def picture_response(request, key, content):
    response = HttpResponse(content, content_type=pictures.MEDIA_TYPE)
    response["ETag"] = f'"{key}-{len(content)}"'
    lasting = request.query_params.get("v") == key
    response["Cache-Control"] = "private, max-age=31536000, immutable" if lasting else "private, no-cache"
    # Whatever the bytes were, nothing in them is carried out.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline; filename=avatar.webp"
    return get_conditional_response(request, etag=response["ETag"], response=response)


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
