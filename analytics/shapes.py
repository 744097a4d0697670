"""The figures that operators are given."""

from typing import Annotated

from msgspec import Meta, Struct

from mindnet.realtime.shapes import Moment, word


def says(description: str) -> Meta:
    return Meta(description=description)


class DurationsOut(Struct):
    """How long the connections closed within the range had lasted; null where there were none."""

    median: float | None
    p95: float | None


class NodeConnectionsOut(Struct):
    """Live connections of one process."""

    node: Annotated[str, Meta(examples=["mindnet-1:4711"])]
    online: int


class IntervalFiguresOut(Struct):
    at: Annotated[Moment, says("When the interval begins, in UTC.")]
    opened: int
    closed: int
    online: Annotated[int, says("What was open when the interval ended.")]


class FiguresOut(Struct, rename={"start": "from", "end": "to"}):
    """Connections over a time: `from` included, `to` not."""

    start: Moment
    end: Moment
    interval: Annotated[str, word("Interval", "minute", "hour", "day")]
    online_now: Annotated[int, says("Live connections.")]
    peak_online: Annotated[int, says("The most connections open at once within the range.")]
    opened: Annotated[int, says("Connections that came up: new and resumed ones.")]
    closed: Annotated[int, says("Connections that ended: disconnected, lost and kicked ones.")]
    resumed: Annotated[int, says("Those of `opened` that came back within the offline grace.")]
    refused: Annotated[int, says("Turned away at the handshake.")]
    lost: Annotated[int, says("Those of `closed` whose process died or whose link went silent.")]
    duration_seconds: DurationsOut
    by_code: Annotated[dict[str, int], Meta(description="Closings by close code.", examples=[{"1000": 3}])]
    by_node: Annotated[list[NodeConnectionsOut], says("Live connections by process.")]
    series: list[IntervalFiguresOut]
