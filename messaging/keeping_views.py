"""The REST door of what is looked at before it is said, and afterwards: messages held back, marks, word rules."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import deciding, fields
from messaging.shapes import (
    HeldMessageOut,
    MarkOut,
    TrialOut,
    WordRuleChangeOut,
    WordRuleOut,
    held_out,
    mark_out,
    word_rule_out,
)
from mindnet.base.errors import invalid
from mindnet.rest.fields import Choice, Flag, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from rooms import word_rules
from rooms.fields import WORD_RULE_ACTION, WORD_RULE_IS_ON, WORD_RULE_KIND, WORD_RULE_PATTERN

ROOM_IN_PATH = {"room_id": "A room's id."}


class Decision(StrictSerializer):
    let_through = Flag(fields.LET_THROUGH)
    reason = Text(fields.REFUSAL_REASON, required=False, allow_blank=True)


class NewWordRule(StrictSerializer):
    kind = Choice(WORD_RULE_KIND, required=False)
    pattern = Text(WORD_RULE_PATTERN)
    action = Choice(WORD_RULE_ACTION, required=False)
    is_on = Flag(WORD_RULE_IS_ON, required=False)


class WordRuleSwitch(StrictSerializer):
    action = Choice(WORD_RULE_ACTION, required=False)
    is_on = Flag(WORD_RULE_IS_ON, required=False)


class WordRuleTrial(StrictSerializer):
    kind = Choice(WORD_RULE_KIND)
    pattern = Text(WORD_RULE_PATTERN)


class HeldMessageViewSet(View):
    inputs = {"create": Decision}
    in_path = ROOM_IN_PATH | {"held_id": "The id of a message that was held back."}

    @extend_schema(
        operation_id="listHeldMessages",
        summary="What waits for a moderator",
        parameters=BY_ID,
        responses={200: list_of(HeldMessageOut), **refused(403, 409)},
    )
    def list(self, request, room_id):
        """All that waits, for owners and moderators; for others their own. Oldest first."""
        me = request.user
        rows = deciding.list_held(psychic=me, room_id=room_id)
        return Page(request, rows).answer(lambda held: held_out(held, for_sender=held.sender_id == me.pk))

    @extend_schema(
        operation_id="decideOnHeldMessage",
        summary="Let a message through, or not",
        responses={200: HeldMessageOut, **refused(403, 409)},
    )
    def create(self, request, room_id, held_id):
        """For owners and moderators. Let through, it is said now. 409 for whoever decides second."""
        body = self.body()
        where = {"psychic": request.user, "room_id": room_id, "held_id": held_id}
        if not body["let_through"]:
            return Response(held_out(deciding.refuse(**where, reason=body.get("reason", ""))))
        if body.get("reason"):
            raise invalid("reason", "A reason goes with a refusal only.")
        return Response(held_out(deciding.let_through(**where)))

    @extend_schema(
        operation_id="takeBackHeldMessage", summary="Take back what waits", responses={204: DONE, **refused(403, 409)}
    )
    def destroy(self, request, room_id, held_id):
        """One's own message, as long as it waits."""
        deciding.take_back(psychic=request.user, room_id=room_id, held_id=held_id)
        return Response(status=204)


class MarkViewSet(View):
    in_path = ROOM_IN_PATH | {"mark_id": "A mark's id."}

    @extend_schema(
        operation_id="listMarks",
        summary="What word rules have marked",
        parameters=BY_ID,
        responses={200: list_of(MarkOut), **refused(403, 409)},
    )
    def list(self, request, room_id):
        """For owners and moderators, newest first. `seen_at` is null where nobody has looked yet."""
        rows = deciding.list_marks(psychic=request.user, room_id=room_id)
        return Page(request, rows, newest_first=True).answer(mark_out)

    @extend_schema(
        operation_id="markSeen", summary="Say that a mark was looked at", responses={204: DONE, **refused(403, 409)}
    )
    def seen(self, request, room_id, mark_id):
        """For owners and moderators. Twice changes nothing."""
        self.body()
        deciding.see_mark(psychic=request.user, room_id=room_id, mark_id=mark_id)
        return Response(status=204)


class WordRuleViewSet(View):
    inputs = {"create": NewWordRule, "partial_update": WordRuleSwitch, "attempt": WordRuleTrial}
    in_path = ROOM_IN_PATH | {"rule_id": "A word rule's id."}

    @extend_schema(
        operation_id="listWordRules",
        summary="Word rules",
        parameters=BY_ID,
        responses={200: list_of(WordRuleOut), **refused(403, 409)},
    )
    def list(self, request, room_id):
        """For owners and moderators."""
        rows = word_rules.list_word_rules(psychic=request.user, room_id=room_id)
        return Page(request, rows).answer(word_rule_out)

    @extend_schema(
        operation_id="createWordRule", summary="Make a word rule", responses={201: WordRuleOut, **refused(403, 409)}
    )
    def create(self, request, room_id):
        """For owners and moderators. It is off, and is switched on by a change that tells what it would have found."""
        body = self.body()
        if body.pop("is_on", False):
            raise invalid("is_on", "Make the rule first, look at what it would have found, and then switch it on.")
        rule = word_rules.make_word_rule(psychic=request.user, room_id=room_id, **body)
        return Response(word_rule_out(rule), status=201)

    @extend_schema(
        operation_id="updateWordRule",
        summary="Switch a word rule on or off",
        responses={200: WordRuleChangeOut, **refused(403, 409)},
    )
    def partial_update(self, request, room_id, rule_id):
        """For owners and moderators. Switching it on also tells what it would have found."""
        where, changes = {"psychic": request.user, "room_id": room_id}, self.body(partial=True)
        trial = None
        if changes.get("is_on"):
            rule = word_rules.get_word_rule(**where, rule_id=rule_id)
            trial = self.trial(where, rule.kind, rule.pattern)
        rule = word_rules.change_word_rule(**where, rule_id=rule_id, **changes)
        return Response(WordRuleChangeOut(**msgspec.structs.asdict(word_rule_out(rule)), trial=trial))

    @extend_schema(
        operation_id="deleteWordRule", summary="Take a word rule away", responses={204: DONE, **refused(403, 409)}
    )
    def destroy(self, request, room_id, rule_id):
        """For owners and moderators. What it has held back goes on waiting."""
        word_rules.delete_word_rule(psychic=request.user, room_id=room_id, rule_id=rule_id)
        return Response(status=204)

    @extend_schema(
        operation_id="tryWordRule",
        summary="What a word rule would have found",
        responses={200: TrialOut, **refused(403, 409)},
    )
    def attempt(self, request, room_id):
        """For owners and moderators. Nothing is kept; the newest 20 that fit are told."""
        return Response(self.trial({"psychic": request.user, "room_id": room_id}, **self.body()))

    def trial(self, where, kind, pattern):
        return TrialOut(*deciding.try_word_rule(**where, kind=kind, pattern=pattern))
