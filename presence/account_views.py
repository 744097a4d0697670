"""The REST door of accounts: tokens and passwords."""

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.base import moments
from mindnet.rest.access import Public
from mindnet.rest.fields import Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from presence import accounts, fields
from presence.shapes import TokenOut


class Credentials(StrictSerializer):
    username = Text(fields.GIVEN_NAME, trim_whitespace=False)
    password = Text(fields.GIVEN_PASSWORD, trim_whitespace=False)


class PasswordChange(StrictSerializer):
    old_password = Text(fields.GIVEN_PASSWORD, trim_whitespace=False)
    new_password = Text(fields.PASSWORD, trim_whitespace=False)


class TokenViewSet(Public, View):
    inputs = {"create": Credentials}

    @extend_schema(operation_id="signIn", summary="Sign in: a new token", responses={201: TokenOut, **refused(401)})
    def create(self, request):
        """The token is shown this once, and goes into the header `Authorization: Token …`."""
        psychic = accounts.sign_in(request=request._request, **self.body())
        row, text = accounts.create_token(psychic=psychic, request=request._request)
        return Response(TokenOut(text, moments.utc(row.expiry)), status=201)


class SignOutViewSet(View):
    @extend_schema(operation_id="signOut", summary="End the token or login session in use", responses={204: DONE})
    def one(self, request):
        """Ends the token or the login session that this request came with, and the sockets that stand on it."""
        self.body()
        if request.auth is not None:
            request.auth.delete()
        else:
            logout(request._request)
        return Response(status=204)

    @extend_schema(operation_id="signOutEverywhere", summary="End all tokens", responses={204: DONE})
    def all(self, request):
        """Ends all tokens of yours, and the sockets that stand on them."""
        self.body()
        accounts.revoke_tokens(psychic=request.user)
        return Response(status=204)


class PasswordViewSet(View):
    inputs = {"create": PasswordChange}

    @extend_schema(operation_id="changePassword", summary="Change the password", responses={204: DONE})
    def create(self, request):
        """Every other login session and token ends."""
        accounts.change_password(request=request._request, psychic=request.user, token=request.auth, **self.body())
        return Response(status=204)
