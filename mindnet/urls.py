"""The HTTP door: a table of contents. The socket's is `mindnet/socket/commands.py`."""

from allauth.account import views as account_pages
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from mindnet.base.routes import ByFirstWord
from mindnet.pages import errors
from mindnet.pages.sign_in import SignIn
from mindnet.rest import documents as rest_documents
from mindnet.serving import health
from mindnet.socket import documents as socket_documents

admin.site.site_header = admin.site.site_title = "mindnet"
admin.site.index_title = "For staff"

table = [
    # Pages
    path("", include("mindnet.pages.urls")),
    path("accounts/login/", SignIn.as_view(), name="account_login"),
    path("accounts/signup/", account_pages.signup, name="account_signup"),
    path("accounts/logout/", account_pages.logout, name="account_logout"),
    path("accounts/inactive/", account_pages.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account_pages.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account_pages.password_change, name="account_change_password"),
    path("accounts/password/set/", account_pages.password_set, name="account_set_password"),
    # REST
    path("", include("presence.urls")),
    path("", include("rooms.urls")),
    path("", include("messaging.urls")),
    path("", include("analytics.urls")),
    # With the old password counted, and what else ends with it ended.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    # The admin site answers everything below /admin/, so what is not its own (rooms.urls) comes before it.
    path("admin/", admin.site.urls),
    # Pages that name no icon, such as the admin's, are asked for this one.
    path("favicon.ico", errors.favicon),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    # The socket, to who does not ask for one
    path("connect", socket_documents.upgrade_required, name="connect"),
    # The contract
    path("schema", rest_documents.OpenAPI.as_view(), name="schema"),
    path("schema/connect", socket_documents.AsyncAPI.as_view(), name="schema_connect"),
    path("docs", rest_documents.Docs.as_view(url_name="schema"), name="docs"),
]
urlpatterns = [ByFirstWord(table)]

handler400 = "mindnet.pages.errors.bad_request"
handler403 = "mindnet.pages.errors.forbidden"
handler404 = "mindnet.pages.errors.page_not_found"
handler500 = "mindnet.pages.errors.server_error"
