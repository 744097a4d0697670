"""What tests have measured, as a table at the end of the run. Loaded by the root conftest."""

import pytest

table = []


def pytest_terminal_summary(terminalreporter):
    if table:
        terminalreporter.section("Figures")
    for name, values in table:
        terminalreporter.line(f"{name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))


@pytest.fixture
def figures(request):
    """`figures(lost=0, seconds=1.2)`: for the table at the end, whatever happens after."""
    values = {}
    table.append((request.node.name.removeprefix("test_"), values))

    def note(_found=(), **more):
        values.update(dict(_found) | more)

    return note
