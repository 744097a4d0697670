"""Where staff look after people: accounts, live connections, server processes."""

from itertools import chain

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.html import format_html
from knox.models import AuthToken

from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from presence import accounts, avatars, bans, guesses, operators, powers, profiles
from presence.admin_lists import LargeListAdmin, ReadOnly, ReadOnlyAdmin
from presence.fields import BAN_MINUTES, DISCONNECT_REASON, DISPLAY_NAME
from presence.models import Connection, Node, Psychic
from presence.reserved import is_reserved

DEFAULT_BAN_MINUTES = 60
BAN = ["banned_until", "ban_reason"]
POWERS = ["is_staff", "is_superuser", "groups", "user_permissions"]


class OperatorForm(ActionForm):
    """What an action on people needs to know, beside the choice of the action."""

    reason = forms.CharField(required=False, max_length=DISCONNECT_REASON.most, label="Reason")
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=BAN_MINUTES.most,
        initial=DEFAULT_BAN_MINUTES,
        label="Minutes of a ban",
    )


class OperatorActions:
    """What the two lists of people share."""

    action_form = OperatorForm

    def has_disconnect_permission(self, request):
        return request.user.has_perm(operators.PERMISSION)

    def has_close_account_permission(self, request):
        return request.user.has_perm(operators.CHANGE_PERMISSION)

    def for_each(self, request, rows, deed, sentence):
        """Does `deed` to each row, and tells how many connections or rows that made, and whatever was refused."""
        total = 0
        for row in rows:
            try:
                done = deed(row)
            except DomainError as error:
                refusal = " ".join(chain.from_iterable(error.errors.values())) if error.errors else error.detail
                self.message_user(request, f"{row}: {refusal}", messages.ERROR)
            else:
                total += 1 if done is None else done
        self.message_user(request, sentence.format(total), messages.SUCCESS if total else messages.WARNING)

    def ban_minutes(self, request):
        """The minutes asked for; None, with a message, where they make no sense."""
        text = request.POST.get("minutes", "").strip() or str(DEFAULT_BAN_MINUTES)
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        self.message_user(request, "Give the length of a ban as a whole number of minutes.", messages.ERROR)
        return None


class StaffLoginForm(AdminAuthenticationForm):
    """Counts with all other doors, and refuses who is banned with the reason and the end."""

    def clean(self):
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache = guesses.authenticate(request=self.request, username=username, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        try:
            bans.check(user)
        except DomainError as error:
            raise forms.ValidationError(error.detail) from None


admin.site.login_form = StaffLoginForm


class OpenConnections(ReadOnly, admin.TabularInline):
    """Someone's open connections, to look at."""

    model = Connection
    fields = readonly_fields = ["id", "node", "opened_at", "is_away", "address", "user_agent"]
    verbose_name_plural = "open connections"
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).live().select_related("node").order_by("-opened_at")


class PasswordForm(AdminPasswordChangeForm):
    """Writes the password alone, and ends every login, also where the password is only taken away."""

    def save(self, commit=True):
        psychic = super().save(commit=False)
        if commit:
            psychic.save(update_fields=["password"])
            accounts.end_other_logins(psychic)
        return psychic


class Named:
    """What nobody may call themselves when they sign up, staff call nobody."""

    def clean_username(self):
        username = super().clean_username() if hasattr(super(), "clean_username") else self.cleaned_data["username"]
        if username and "username" in self.changed_data and is_reserved(username):
            raise forms.ValidationError("This username is reserved.")
        return username


class NewPsychicForm(Named, AdminUserCreationForm):
    pass


class PsychicForm(Named, UserChangeForm):
    """Each value obeys the rules of the service that else writes it."""

    def clean_ban_reason(self):
        try:
            return operators.checked_reason(self.cleaned_data["ban_reason"])
        except DomainError as error:
            raise forms.ValidationError(error.errors["reason"]) from None

    def clean_display_name(self):
        try:
            return profiles.clean_name("display_name", self.cleaned_data["display_name"], DISPLAY_NAME)
        except DomainError as error:
            raise forms.ValidationError(error.errors["display_name"]) from None

    def clean_abilities(self):
        words = self.cleaned_data["abilities"] or []
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise forms.ValidationError('Give a list of texts, like ["calm", "far sight"].')
        try:
            return profiles.clean_abilities(words)
        except DomainError as error:
            raise forms.ValidationError(error.errors["abilities"]) from None


class BannedFilter(admin.SimpleListFilter):
    title = "ban"
    parameter_name = "banned"

    def lookups(self, request, model_admin):
        return [("yes", "Banned now")]

    def queryset(self, request, queryset):
        return queryset.filter(banned_until__gt=timezone.now()) if self.value() == "yes" else queryset


@admin.register(Psychic)
class PsychicAdmin(OperatorActions, LargeListAdmin, UserAdmin):
    form = PsychicForm
    add_form = NewPsychicForm
    change_password_form = PasswordForm
    list_display = ["username", "display_name", "status", "last_online", "is_active", "is_staff", "banned_until"]
    list_filter = ["status", BannedFilter, "is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "display_name", "email"]
    ordering = ["-pk"]
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Profile", {"fields": ["picture", "display_name", "bio", "abilities", "email"]}),
        ("Presence", {"fields": ["status", "note", "until", "last_online", "connection_id", "room_id"]}),
        ("Ban", {"fields": BAN}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = [
        "picture", "status", "note", "until", "last_online", "connection_id", "room_id", "last_login", "date_joined",
    ]  # fmt: skip
    inlines = [OpenConnections]
    hidden = ["settled_password"]
    actions = ["disconnect", "ban", "lift_ban", "remove_picture", "close_account"]

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def get_readonly_fields(self, request, obj=None):
        """Nobody makes themselves, or others, more powerful than they are, bans without the permission to, or closes
        their own account."""
        fields = list(super().get_readonly_fields(request, obj))
        if not request.user.is_superuser:
            fields += POWERS
        if obj is not None and not operators.may_set_ban(request.user, obj):
            fields += BAN
        return [*fields, "is_active"] if obj == request.user else fields

    def has_change_permission(self, request, obj=None):
        """Also for setting the password."""
        return super().has_change_permission(request, obj) and (obj is None or powers.may_change(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        """What somebody said stays theirs: accounts are closed, not deleted."""
        return False

    def save_model(self, request, obj, form, change):
        """Writes what was changed and nothing else: presence and watermarks move on while somebody fills in a form."""
        if not change:
            return super().save_model(request, obj, form, change)
        columns = {field.name for field in obj._meta.concrete_fields}
        if changed := columns.intersection(form.changed_data):
            with write_transaction():
                obj.save(update_fields=changed)
                if "abilities" in changed:
                    profiles.index_abilities(obj.pk, obj.abilities)

    @admin.display(description="picture")
    def picture(self, psychic):
        """The picture as others see it; the action "Remove the picture" takes it away."""
        url = avatars.url_of(psychic) if psychic.pk else None
        return format_html('<img src="{}" width="96" height="96" alt="">', url) if url else "none"

    @admin.action(description="Disconnect", permissions=["disconnect"])
    def disconnect(self, request, queryset):
        reason = request.POST.get("reason", "")
        self.for_each(
            request,
            queryset,
            lambda row: operators.disconnect_psychic(by=request.user, username=row.username, reason=reason),
            "Connections closed: {}.",
        )

    @admin.action(description="Ban and disconnect", permissions=["disconnect"])
    def ban(self, request, queryset):
        reason, minutes = request.POST.get("reason", ""), self.ban_minutes(request)

        def deed(row):
            operators.disconnect_psychic(by=request.user, username=row.username, reason=reason, ban_minutes=minutes)

        if minutes is not None:
            self.for_each(request, queryset, deed, "Psychics banned: {}.")

    @admin.action(description="Lift the ban", permissions=["disconnect"])
    def lift_ban(self, request, queryset):
        self.for_each(
            request, queryset, lambda row: operators.lift_ban(by=request.user, psychic=row), "Bans lifted: {}."
        )

    @admin.action(description="Remove the picture", permissions=["change"])
    def remove_picture(self, request, queryset):
        def deed(row):
            return operators.remove_avatar(by=request.user, psychic=row)

        self.for_each(request, queryset, deed, "Pictures removed: {}.")

    @admin.action(description="Close the account", permissions=["close_account"])
    def close_account(self, request, queryset):
        self.for_each(
            request, queryset, lambda row: operators.close_account(by=request.user, psychic=row), "Accounts closed: {}."
        )


admin.site.unregister(Group)
admin.site.unregister(AuthToken)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Staff give what they hold themselves, and change no group that holds more."""

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "permissions":
            kwargs["queryset"] = powers.grantable(request.user)
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or powers.may_change_group(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or powers.may_change_group(request.user, obj))


@admin.register(AuthToken)
class AuthTokenAdmin(ReadOnlyAdmin):
    """Tokens are made by who signs in: one made here for somebody else would be theirs to use. Staff revoke them."""

    list_display = ["token_key", "user", "created", "expiry"]
    list_select_related = ["user"]
    fields = ["token_key", "user", "created", "expiry"]
    search_fields = ["user__username"]
    ordering = ["-created"]
    hidden = ["digest"]

    def has_delete_permission(self, request, obj=None):
        may = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return may and (obj is None or powers.may_change(request.user, obj.user))


class LiveFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("live", "Live"), ("closed", "Closed")]

    def queryset(self, request, queryset):
        if self.value() == "live":
            return queryset.live()
        return queryset.exclude(closed_at=None) if self.value() == "closed" else queryset


@admin.register(Connection)
class ConnectionAdmin(OperatorActions, ReadOnlyAdmin):
    list_display = ["id", "psychic", "node", "opened_at", "closed_at", "is_away", "address", "user_agent", "close_code"]
    list_filter = [LiveFilter, "is_away"]
    list_select_related = ["psychic", "node"]
    search_fields = ["psychic__username", "address__iexact", "node__host"]
    ordering = ["-opened_at"]
    hidden = ["credential", "session_key", "token_digest"]
    actions = ["disconnect"]

    @admin.action(description="Disconnect", permissions=["disconnect"])
    def disconnect(self, request, queryset):
        reason = request.POST.get("reason", "")
        self.for_each(
            request,
            queryset,
            lambda row: operators.disconnect_connection(by=request.user, connection_id=row.pk, reason=reason),
            "Connections closed: {}.",
        )


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "id", "started_at", "heartbeat_at", "stopped_at", "open_connections"]
    search_fields = ["host"]
    ordering = ["-heartbeat_at"]

    def get_queryset(self, request):
        opened = Count("connections", filter=Q(connections__closed_at=None))
        return super().get_queryset(request).annotate(open_connections=opened)

    @admin.display(description="open connections", ordering="open_connections")
    def open_connections(self, node):
        return node.open_connections
