"""What the admin's lists of all apps share."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

# Where a list stops counting: further back one comes by search and filters, which beats paging anyway.
COUNTED_ROWS = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than COUNTED_ROWS: counting millions of rows at every click is what makes an admin slow."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[:COUNTED_ROWS].count()


class Hiding:
    """The list's address may name any column in a filter, also one that no page shows: `hidden` ones it may not, since
    whoever asks for one beginning after the other reads the value."""

    hidden = ()

    def lookup_allowed(self, lookup, value, request=None):
        return lookup.split("__")[0] not in self.hidden and super().lookup_allowed(lookup, value, request)


class ReadOnly(Hiding):
    """Rows that only services write, as a list of their own or within another."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LargeListAdmin(Hiding, admin.ModelAdmin):
    """For tables that grow: no count of everything, no list of all of anything."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200


class ReadOnlyAdmin(ReadOnly, LargeListAdmin):
    """A large list of what only services write."""
