"""Rooms for staff. What a service decides is shown here and changed by actions that call the service."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Q

from mindnet.base.errors import DomainError
from presence.admin_lists import ReadOnly, ReadOnlyAdmin
from rooms import restrictions, services
from rooms.fields import CHANGES
from rooms.models import (
    Device,
    Guide,
    Invitation,
    Kind,
    LogEntry,
    Restriction,
    Room,
    RoomParticipant,
    Session,
    WordRule,
)


def each(modeladmin, request, rows, change, done):
    """Calls `change` for each row and tells what was done, and each refusal."""
    count = 0
    for row in rows:
        try:
            change(row)
            count += 1
        except DomainError as refusal:
            modeladmin.message_user(request, f"{row}: {refusal.detail}", messages.WARNING)
    if count:
        modeladmin.message_user(request, f"{count} {done}.", messages.SUCCESS)


class ParticipantInline(ReadOnly, admin.TabularInline):
    model = RoomParticipant
    fields = readonly_fields = ("psychic", "role", "is_active", "joined_at", "left_at", "delivered_seq", "read_seq")
    extra = 0
    verbose_name_plural = "participants, the first 100"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("psychic").order_by("-is_active", "joined_at")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)

        class FirstHundred(formset):
            def get_queryset(self):
                return super().get_queryset()[:100]

        return FirstHundred


class RoomForm(forms.ModelForm):
    """Asks of each value what the service asks."""

    def clean(self):
        cleaned = super().clean()
        for name in CHANGES.keys() & cleaned.keys():
            try:
                cleaned[name] = CHANGES[name](self.instance, cleaned[name])
            except DomainError as refusal:
                self.add_error(name, refusal.errors[name])
        return cleaned


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    form = RoomForm
    list_display = ("id", "name", "kind", "participant_count", "max_participants", "is_active", "created_by")
    list_display_links = ("id", "name")
    list_filter = ("kind", "is_active", "created_at")
    search_fields = ("name", "description", "created_by__username", "=id")
    list_select_related = ("created_by",)
    date_hierarchy = "created_at"
    fields = (
        "name",
        "description",
        "kind",
        "max_participants",
        "slow_mode_seconds",
        "mention_all",
        "hold_new_hours",
        "hold_new_messages",
        "retention_hours",
        "created_by",
        "created_at",
        "is_active",
        "participant_count",
        "last_seq",
    )
    # Size, kind and end have consequences that the services see to.
    readonly_fields = (
        "kind",
        "max_participants",
        "created_by",
        "created_at",
        "is_active",
        "participant_count",
        "last_seq",
    )
    inlines = [ParticipantInline]
    actions = ["end_rooms"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        # Messages are kept for good; a room is ended, not deleted.
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.kind == Kind.BROADCAST)

    def save_model(self, request, obj, form, change):
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        services.update_room_as_staff(by=request.user, room_id=obj.pk, **fields)

    @admin.action(description="End the selected rooms", permissions=["change"])
    def end_rooms(self, request, rooms):
        def end(room):
            services.end_room_as_staff(by=request.user, room_id=room.pk)

        each(self, request, rooms, end, "ended")


@admin.register(RoomParticipant)
class RoomParticipantAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "room", "psychic", "role", "is_active", "joined_at", "left_at")
    list_filter = ("role", "is_active", "joined_at")
    search_fields = ("room__name", "psychic__username", "=room__id")
    list_select_related = ("room", "psychic")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, admin.ModelAdmin):
    # The code opens a room: it is not shown to staff, who may have no business there.
    list_display = ("id", "room", "psychic", "uses", "max_uses", "created_by", "created_at", "expires_at")
    list_filter = ("created_at", "expires_at")
    search_fields = ("room__name", "psychic__username", "created_by__username", "=room__id")
    list_select_related = ("room", "psychic", "created_by")
    exclude = hidden = ("code",)

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Restriction)
class RestrictionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "kind", "psychic", "room", "reason", "created_by", "created_at", "until", "lifted_at")
    list_filter = ("kind", "created_at", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("psychic__username", "room__name", "reason", "created_by__username", "=room__id")
    list_select_related = ("room", "psychic", "created_by")
    actions = ["lift_restrictions"]

    def has_lift_permission(self, request):
        return request.user.has_perm("rooms.change_restriction")

    @admin.action(description="Lift the selected restrictions", permissions=["lift"])
    def lift_restrictions(self, request, rows):
        def lift(row):
            restrictions.lift_as_staff(by=request.user, room_id=row.room_id, restriction_id=row.pk)

        each(self, request, rows, lift, "lifted")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "at", "room", "by", "deed", "psychic", "reason", "until", "undone_at")
    list_filter = ("deed", "at")
    search_fields = ("room__name", "by__username", "psychic__username", "reason", "=room__id")
    list_select_related = ("room", "by", "psychic")


@admin.register(WordRule)
class WordRuleAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "room", "kind", "pattern", "action", "is_on", "created_by", "changed_at")
    list_filter = ("kind", "action", "is_on")
    search_fields = ("pattern", "room__name", "=room__id")
    list_select_related = ("room", "created_by")


@admin.register(Guide)
class GuideAdmin(ReadOnly, admin.ModelAdmin):
    """What people share may be looked at and taken away; what they keep to themselves may not. The library comes back
    with the next migration."""

    list_display = ("name", "owner", "is_shared", "updated_at")
    list_filter = ("is_shared",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(Q(owner=None) | Q(is_shared=True))

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Session)
class SessionAdmin(ReadOnly, admin.ModelAdmin):
    """Who sat in them is shown to nobody here: that is for those who did."""

    list_display = ("name", "room", "leader", "started_at", "ends_at", "ended_at")
    list_select_related = ("room", "leader")
    fields = ("room", "guide", "name", "steps", "started_by", "leader", "started_at", "ends_at", "ended_at")
    search_fields = ("name", "room__name")


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """To be looked at: a log that the psychic's own devices have signed says which are live. Whoever runs the server
    can take an account away, but endorse or revoke nothing: that is what sealing a message is for."""

    list_display = ("name", "psychic", "kind", "state", "offered_at", "revoked_at")
    list_filter = ("kind", "state", "offered_at")
    search_fields = ("name", "psychic__username", "=id")
    list_select_related = ("psychic",)
    fields = ("psychic", "name", "kind", "state", "n", "offered_at", "revoked_at")
