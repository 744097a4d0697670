"""The REST door of profiles, the directory and pictures."""

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from mindnet.base.addresses import counted_address
from mindnet.rest.fields import File, Many, Text
from mindnet.rest.files import AnyAccept
from mindnet.rest.input import StrictSerializer, read_query
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from presence import accounts, avatars, directory, fields, pictures, profiles
from presence.shapes import ProfileOut

IN_PATH = {"username": "A psychic's name, in whatever case."}


class NewPsychic(StrictSerializer):
    username = Text(fields.USERNAME, trim_whitespace=False)
    password = Text(fields.PASSWORD, trim_whitespace=False)


class ProfileChange(StrictSerializer):
    display_name = Text(fields.DISPLAY_NAME, required=False, allow_blank=True)
    bio = Text(fields.BIO, required=False, allow_blank=True)
    abilities = Many(fields.ABILITIES, child=Text(fields.ABILITY, allow_blank=True), required=False)


class DirectoryFilter(serializers.Serializer):
    search = Text(fields.SEARCH, required=False, allow_blank=True)
    ability = Text(fields.ABILITY, required=False, allow_blank=True, help_text="One whole ability.")
    ids = Text(fields.IDS, required=False)


class Upload(StrictSerializer):
    """A form of one file."""

    # Named as in the contract; what is in the file is looked at by the service.
    file = File(fields.PICTURE, allow_empty_file=True)


class PsychicViewSet(View):
    """Signing up is open to everybody, the directory to psychics."""

    inputs = {"create": NewPsychic}
    in_path = IN_PATH

    def get_permissions(self):
        return [AllowAny()] if self.action == "create" else super().get_permissions()

    @extend_schema(
        operation_id="listPsychics",
        summary="The directory: find people by name or ability",
        parameters=[*BY_ID, DirectoryFilter],
        responses=list_of(ProfileOut),
    )
    def list(self, request):
        """`search` looks into names, display names and abilities; `ability` is one whole word or phrase. Upper and
        lower case count the same. Presence is shown as far as you may see it.
        """
        page = Page(request, directory.find(**read_query(request, DirectoryFilter)))
        shown = {one.id: one for one in profiles.profiles_of(request.user, page.rows)}
        return page.answer(lambda row: shown[row.pk])

    @extend_schema(operation_id="signUp", summary="Sign up", responses={201: ProfileOut})
    def create(self, request):
        """Open to everybody. Names are unique whatever their case, and some are reserved."""
        psychic = accounts.sign_up(**self.body(), address=counted_address(request.META))
        return Response(profiles.own_profile(psychic=psychic), status=201)

    @extend_schema(operation_id="getPsychic", summary="A profile", responses=ProfileOut)
    def retrieve(self, request, username):
        """Presence is shown as far as you may see it."""
        return Response(profiles.profile(viewer=request.user, username=username))


class OwnProfileViewSet(View):
    inputs = {"partial_update": ProfileChange}

    @extend_schema(operation_id="getOwnProfile", summary="Own profile", responses=ProfileOut)
    def retrieve(self, request):
        """Your profile, with your presence as you yourself see it."""
        return Response(profiles.own_profile(psychic=request.user))

    @extend_schema(operation_id="updateOwnProfile", summary="Change the own profile", responses=ProfileOut)
    def partial_update(self, request):
        """What is left out stays. An ability given twice, in whatever case, is kept once."""
        return Response(profiles.update_profile(psychic=request.user, **self.body(partial=True)))


class OwnAvatarViewSet(View):
    parser_classes = [MultiPartParser]
    inputs = {"update": Upload}

    @extend_schema(
        operation_id="uploadAvatar", summary="Upload the own picture", responses={200: ProfileOut, **refused(503)}
    )
    def update(self, request):
        """JPEG, PNG, WebP or GIF, at most 10 MiB and 40 megapixels. It is cropped to a square of 256 px."""
        psychic = avatars.set_avatar(psychic=request.user, **self.body())
        return Response(profiles.own_profile(psychic=psychic))

    @extend_schema(operation_id="removeAvatar", summary="Take the own picture away", responses={204: DONE})
    def destroy(self, request):
        """Without one nothing happens."""
        avatars.remove_avatar(psychic=request.user)
        return Response(status=204)


class AvatarViewSet(View):
    """A psychic's picture as WebP. Under the address that the profile names it never changes."""

    in_path = IN_PATH
    content_negotiation_class = AnyAccept
    # A page full of people asks for as many pictures, once: this counts with the page.
    throttle_classes = []

    @extend_schema(
        operation_id="getAvatar",
        summary="A psychic's picture",
        parameters=[
            OpenApiParameter("v", str, description="The version, as `avatar_url` has it."),
            OpenApiParameter("small", str, description="With any value, 72 px instead of 256."),
        ],
        responses={
            (200, pictures.MEDIA_TYPE): OpenApiTypes.BINARY,
            (304, pictures.MEDIA_TYPE): None,
        },
    )
    def retrieve(self, request, username):
        """The profile's `avatar_url` names its version `v` and may be kept for ever; without `v` it is the picture as
        it is now. `small` asks for 72 px instead of 256. 404 where there is none.
        """
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
