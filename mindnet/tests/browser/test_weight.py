"""What opening a page costs somebody who has never been here."""

from mindnet.tests.browser.visits import Visitor

MOST_BYTES = 100_000
BROUGHT = """() => {
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return entries.map(({ name, transferSize }) => [transferSize, new URL(name).pathname]);
}"""


def test_a_room_weighs_less_than_a_hundred_kilobytes(make_world, new_context):
    world = make_world("embedded", DJANGO_SETTINGS_MODULE="mindnet.settings")  # with the files as they are served
    ada = world.person("ada")
    room = ada.create_room()["id"]
    for number in range(20):
        ada.say(room, f"a **thought**, number {number}")
    page = Visitor(new_context, ada).open(room).page
    page.wait_for_timeout(1000)  # what the page brings by itself once it is drawn
    brought = sorted(page.evaluate(BROUGHT), reverse=True)
    assert sum(size for size, _ in brought) < MOST_BYTES, brought[:20]
