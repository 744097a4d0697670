"""Who is called with a result, where somebody waits for a future."""

import asyncio
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Settling(Generic[Result]):
    """Called in the loop's thread with a result, or with what to raise. Nothing happens where the one who waited has
    gone away."""

    __slots__ = ("future",)

    def __init__(self, future: "asyncio.Future[Result]") -> None:
        self.future = future

    def is_over(self) -> bool:
        """Whether nobody waits any more. From any thread."""
        return self.future.done()

    def __call__(self, result: Result | BaseException) -> None:
        if self.future.done():
            return
        if isinstance(result, BaseException):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)
