"""Files and pictures where UPLOADS names a bucket, on a real server and a real S3."""

import uuid

from messaging.tests.recordings import noise
from presence.tests import images

CONTENT = noise(200_000)


def test_files_and_pictures_lie_in_a_bucket(make_world, bucket_server):
    world = make_world("embedded", **bucket_server.environment)
    ada = world.person("ada")
    api, room, nonce = ada.api(), ada.create_room()["id"], str(uuid.uuid4())

    def upload():
        return api.post(f"/rooms/{room}/attachments", files={"file": ("owls.bin", CONTENT)}, data={"nonce": nonce})

    made = upload()
    assert made.status_code == 201 and upload().json() == made.json()
    [key] = bucket_server.keys()
    assert key.startswith("uploads/attachments/") and "owls" not in key
    url = made.json()["url"]
    assert api.get(url).content == CONTENT
    part = api.get(url, headers={"Range": "bytes=150000-150009"})
    assert (part.status_code, part.content) == (206, CONTENT[150_000:150_010])
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404

    picture = api.put("/psychics/me/avatar", files={"file": ("me.png", images.picture())}).json()["avatar_url"]
    assert len(bucket_server.keys()) == 2 and images.opened(api.get(picture).content).size == (256, 256)
    api.delete("/psychics/me/avatar").raise_for_status()
    assert bucket_server.keys() == []
