"""The REST door of devices: one's own, those of others, the recovery bundle, and keys that are handed on."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.realtime.shapes import DeviceListOut
from mindnet.rest.fields import Anything, Flag, Many, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of, number
from mindnet.rest.schema import DONE, in_query, refused
from mindnet.rest.viewsets import View
from rooms import device_lists, devices, fields, handed_on, recovery
from rooms.device_shapes import HandedOnKeysOut, OwnDevicesOut, RecoveryBundleOut, handed_on_out

IN_PATH = {
    "device_id": "A device's id.",
    "room_id": "A mind-link's id.",
    "part": "The number of the part, from 0.",
    "username": "A psychic's name, in whatever case.",
}


class NewDevice(StrictSerializer):
    card = Text(fields.CARD, trim_whitespace=False)
    signature = Text(fields.CARD_SIGNATURE)
    entry = Anything(fields.ENTRY, required=False)
    start_over = Flag(fields.START_OVER, required=False)


class Addition(StrictSerializer):
    entry = Anything(fields.ENTRY)


class NewRecovery(StrictSerializer):
    card = Text(fields.CARD, trim_whitespace=False)
    signature = Text(fields.CARD_SIGNATURE)
    entries = Many(fields.RECOVERY_ENTRIES, child=Anything(fields.ENTRY), max_length=fields.RECOVERY_ENTRIES.most)
    bundle = Anything(fields.BUNDLE)


class Handing(StrictSerializer):
    sealed = Text(fields.HANDED_ON, trim_whitespace=False)


class DeviceViewSet(View):
    """One's own devices."""

    inputs = {"create": NewDevice, "endorse": Addition, "revoke": Addition}
    in_path = IN_PATH

    @extend_schema(operation_id="listDevices", summary="Your devices", responses=OwnDevicesOut)
    def list(self, request):
        """The device log, its head, the devices that are live by it, and those that wait to be endorsed."""
        return Response(device_lists.own_devices(psychic=request.user))

    @extend_schema(
        operation_id="addDevice",
        summary="Offer a device",
        responses={201: OwnDevicesOut, 200: OwnDevicesOut, **refused(409)},
    )
    def create(self, request):
        """The first device begins the device log by its `entry`. A further one waits, for a day at most, until one that
        is live endorses it; ten wait at a time. Who has lost all devices and the code begins anew with `start_over`.
        200 where nothing changes, since the same came before.
        """
        answer, is_new = devices.offer_device(psychic=request.user, **self.body())
        return Response(answer, status=201 if is_new else 200)

    @extend_schema(
        operation_id="endorseDevice", summary="Endorse a device", responses={200: OwnDevicesOut, **refused(409)}
    )
    def endorse(self, request, device_id):
        """A device that waits is live by this entry of the device log. `device_list_changed` where the log has grown
        meanwhile: sign another entry.
        """
        return Response(devices.endorse_device(psychic=request.user, device_id=device_id, **self.body()))

    @extend_schema(
        operation_id="revokeDevice", summary="Revoke a device", responses={200: OwnDevicesOut, **refused(409)}
    )
    def revoke(self, request, device_id):
        """For good: nothing more is sealed for it. `device_list_changed` where the log has grown meanwhile."""
        return Response(devices.revoke_device(psychic=request.user, device_id=device_id, **self.body()))


class DeviceListViewSet(View):
    in_path = IN_PATH

    @extend_schema(
        operation_id="getDeviceList",
        summary="Somebody's devices",
        parameters=[in_query("generation", fields.GENERATION)],
        responses=DeviceListOut,
    )
    def retrieve(self, request, username):
        """For who shares a room with them, or reads a mind-link of the two. Who has started over has logs before the
        newest one, by which older messages are read: `generation` asks for one of these.
        """
        generation = number(request, "generation")
        answer = device_lists.get_list(psychic=request.user, username=username, generation=generation)
        return Response(answer)


class RecoveryViewSet(View):
    inputs = {"update": NewRecovery}

    @extend_schema(
        operation_id="getRecovery", summary="Your recovery bundle", responses={200: RecoveryBundleOut, **refused(404)}
    )
    def retrieve(self, request):
        """It opens with the recovery code alone, which the server has never seen."""
        return Response(recovery.get_recovery(psychic=request.user))

    @extend_schema(
        operation_id="setRecovery", summary="A new recovery code", responses={200: OwnDevicesOut, **refused(409)}
    )
    def update(self, request):
        """A recovery device with its bundle, in place of the one before: `entries` endorses it, and revokes that one
        first. `device_list_changed` where the log has grown meanwhile.
        """
        return Response(recovery.put_recovery(psychic=request.user, **self.body()))


class HandedOnKeysViewSet(View):
    inputs = {"update": Handing}
    in_path = IN_PATH

    @extend_schema(
        operation_id="listHandedOnKeys",
        summary="Keys handed on to a device",
        parameters=[*BY_ID, in_query("room", fields.HANDED_ON_ROOM)],
        responses=list_of(HandedOnKeysOut),
    )
    def list(self, request, device_id):
        """Of earlier messages, each part as another of your devices has sealed it for this one."""
        rows = handed_on.handed_on(psychic=request.user, device_id=device_id, room_id=number(request, "room"))
        return Page(request, rows).answer(handed_on_out)

    @extend_schema(operation_id="setHandedOnKeys", summary="Hand keys on", responses={204: DONE, **refused(409)})
    def update(self, request, device_id, room_id, part):
        """Of a mind-link's earlier messages, to a live device of your own. It replaces what was there under this room
        and number.
        """
        handed_on.hand_on(psychic=request.user, device_id=device_id, room_id=room_id, part=part, **self.body())
        return Response(status=204)
