"""Where staff look at what was said, and take it away where it must not stay. Nobody rewrites it here."""

from django.contrib import admin, messages
from django.db.models import Max, Q

from messaging import services
from messaging.attachments_admin import AttachmentAdmin
from messaging.models import Acknowledgement, HeldMessage, Mark, Message, MessageType, Reaction, Reminder
from messaging.reports_admin import ReportAdmin
from mindnet.base.errors import DomainError
from presence.admin_lists import ReadOnlyAdmin
from presence.models import Psychic
from rooms.models import Room

__all__ = ["AcknowledgementAdmin", "AttachmentAdmin", "MessageAdmin", "ReactionAdmin", "ReportAdmin"]

EXCERPT_LENGTH = 80
# Nothing indexes the text: the newest so many messages are searched by it, by sender and room all of them.
TEXT_SEARCHED_MOST = 100_000


class DeletedFilter(admin.SimpleListFilter):
    title = "deletion"
    parameter_name = "deleted"

    def lookups(self, request, model_admin):
        return [("no", "Not deleted"), ("yes", "Deleted")]

    def queryset(self, request, queryset):
        return queryset.filter(deleted_at__isnull=self.value() == "no") if self.value() in ("yes", "no") else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["id", "room", "sender", "message_type", "excerpt", "timestamp", "edited_at", "deleted_at"]
    list_filter = ["message_type", DeletedFilter, "urgent", "require_ack", "timestamp"]
    list_select_related = ["room", "sender"]
    search_fields = ["content"]  # shows the search field; get_search_results says what it does
    search_help_text = "Part of a username, of a room's name, or of the text (of the newest messages)."
    ordering = ["-pk"]
    fields = [
        "id", "room", "sender", "message_type", "text", "timestamp", "edited_at", "deleted_at", "seq", "changed_seq",
        "nonce", "reply_to", "urgent", "require_ack",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["delete_messages"]

    def get_search_results(self, request, queryset, search_term):
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
        in_text = Q(content__icontains=term, pk__gt=newest - TEXT_SEARCHED_MOST) & ~Q(message_type=MessageType.SEALED)
        by_sender = Q(sender__in=Psychic.objects.filter(username__icontains=term).values("pk"))
        in_room = Q(room__in=Room.objects.filter(name__icontains=term).values("pk"))
        return queryset.filter(in_text | by_sender | in_room), False

    @admin.display(description="text")
    def text(self, message):
        """The server keeps a sealed message's envelope; it says nothing, so it is not shown."""
        return "(sealed)" if message.message_type == MessageType.SEALED else message.content

    @admin.display(description="text")
    def excerpt(self, message):
        text = self.text(message)
        return text if len(text) <= EXCERPT_LENGTH else f"{text[:EXCERPT_LENGTH]}…"

    def has_moderate_permission(self, request):
        return request.user.has_perm("messaging.delete_message")

    @admin.action(description="Delete messages", permissions=["moderate"])
    def delete_messages(self, request, queryset):
        count = 0
        for message in queryset.filter(deleted_at=None):
            try:
                services.delete_message_as_staff(by=request.user, message_id=message.pk)
            except DomainError as error:
                self.message_user(request, f"{message}: {error.detail}", messages.ERROR)
            else:
                self.log_change(request, message, "Deleted the message.")
                count += 1
        self.message_user(request, f"Messages deleted: {count}.", messages.SUCCESS if count else messages.WARNING)


@admin.register(Reaction)
class ReactionAdmin(ReadOnlyAdmin):
    list_display = ["id", "emoji", "psychic", "message", "created_at"]
    list_select_related = ["psychic", "message"]
    search_fields = ["psychic__username", "emoji"]
    ordering = ["-pk"]


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    list_display = ["id", "psychic", "message", "created_at"]
    list_select_related = ["psychic", "message"]
    search_fields = ["psychic__username"]
    ordering = ["-pk"]


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ["id", "message", "by", "at", "recipients"]
    list_select_related = ["message", "by"]
    search_fields = ["by__username"]
    ordering = ["-pk"]


@admin.register(HeldMessage)
class HeldMessageAdmin(ReadOnlyAdmin):
    """A room's own moderators decide on these; staff look."""

    list_display = ["id", "room", "sender", "why", "state", "created_at", "decided_by", "decided_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["room", "sender", "decided_by"]
    search_fields = ["sender__username", "room__name"]
    ordering = ["-pk"]
    exclude = ["nonce_digest"]


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = ["id", "room", "message", "why", "created_at", "seen_by", "seen_at"]
    list_filter = ["created_at"]
    list_select_related = ["room", "message", "seen_by"]
    search_fields = ["room__name", "why"]
    ordering = ["-pk"]
