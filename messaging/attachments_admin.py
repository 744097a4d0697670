"""Where staff see what files take, whose they are, and take away what must not stay."""

from django.contrib import admin, messages
from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.text import Truncator

from messaging import attachments
from messaging.models import Attachment
from mindnet.base.errors import DomainError
from presence.admin_lists import ReadOnlyAdmin

# The people and rooms with the most.
LARGEST_MOST = 10
NAME_SHOWN = 24


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    states = {
        "sent": {"message__isnull": False, "removed_at": None},
        "held": {"held__isnull": False, "removed_at": None},
        "loose": {"message": None, "held": None, "removed_at": None, "ready_at__isnull": False},
        "storing": {"removed_at": None, "ready_at": None},
        "removed": {"removed_at__isnull": False},
    }

    def lookups(self, request, model_admin):
        return [
            ("sent", "In a message"),
            ("held", "Waiting for a moderator"),
            ("loose", "In no message"),
            ("storing", "Being stored"),
            ("removed", "Taken away"),
        ]

    def queryset(self, request, queryset):
        return queryset.filter(**self.states.get(self.value(), {}))


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["short_name", "kind", "takes", "room", "uploader", "state", "created_at"]
    list_filter = ["kind", StateFilter, "created_at"]
    list_select_related = ["room", "uploader"]
    search_fields = ["name", "uploader__username", "room__name"]
    search_help_text = "Part of a file's name, of a username, or of a room's name."
    ordering = ["-created_at"]
    fields = [
        "name", "kind", "media_type", "takes", "width", "height", "seconds", "room", "uploader", "message", "held",
        "state", "created_at", "ready_at", "removed_at",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["take_away"]
    change_list_template = "admin/messaging/attachment/change_list.html"
    hidden = ("nonce", "nonce_digest", "key", "thumbnail_key")

    @admin.display(description="name", ordering="name")
    def short_name(self, row):
        """A name of 255 letters would push all that is said of the file out of the window."""
        return Truncator(row.name).chars(NAME_SHOWN)

    @admin.display(description="size", ordering="stored_bytes")
    def takes(self, row):
        return filesizeformat(row.stored_bytes)

    @admin.display
    def state(self, row):
        if row.removed_at:
            return "taken away"
        if not row.ready_at:
            return "being stored"
        if row.held_id:
            return "waits for a moderator"
        return "in a message" if row.message_id else "in no message"

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        rows = Attachment.objects.all()
        largest = {
            "People": rows.values_list("uploader__username"),
            "Rooms": rows.values_list("room__name", "room"),
        }
        context = {
            "total": rows.aggregate(files=Count("pk"), takes=Sum("stored_bytes", default=0)),
            "largest": {
                title: [(found[0], *found[-2:]) for found in summed(groups)] for title, groups in largest.items()
            },
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def has_take_permission(self, request):
        return request.user.has_perm("messaging.delete_attachment")

    @admin.action(description="Take away", permissions=["take"])
    def take_away(self, request, queryset):
        """The files go; their messages stay, and their rooms are told."""
        count = 0
        for row in queryset.filter(removed_at=None):
            try:
                attachments.take_away(attachment_id=row.pk)
            except DomainError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
            else:
                self.log_change(request, row, "Took the file away.")
                count += 1
        self.message_user(request, f"Files taken away: {count}.", messages.SUCCESS if count else messages.WARNING)


def summed(groups):
    """Name, how many files, and what they take."""
    return groups.annotate(files=Count("pk"), takes=Sum("stored_bytes")).order_by("-takes")[:LARGEST_MOST]
