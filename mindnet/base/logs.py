"""One line an event, whatever is in it.

What a client has written comes into messages: a path, a name, a header. Line ends and other control characters in them
would make lines that nobody wrote, so the formatter escapes them, wherever they come from. Lines of a traceback are
indented: none of them begins as an event does.
"""

import logging
import time

# The controls of Unicode, and its two line ends that are none.
CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
ESCAPES = {code: chr(code).encode("unicode_escape").decode() for code in CONTROLS}


class LineFormatter(logging.Formatter):
    """`time level logger message`, and below it the traceback of what is a fault of ours."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        if getattr(record, "status_code", 500) < 500:
            # Django says with its traceback why it has refused a request. A refusal is an answer, and no fault.
            record = logging.makeLogRecord(vars(record) | {"exc_info": None, "exc_text": None, "stack_info": None})
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.translate(ESCAPES)
        return super().formatMessage(record)

    def formatException(self, ei) -> str:  # type: ignore[no-untyped-def]  # as its base has it
        return indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        return indented(super().formatStack(stack_info))


def indented(text: str) -> str:
    return "\n".join(f"  {line.translate(ESCAPES)}" for line in text.splitlines())


class NowAndThen(logging.Filter):
    """Lets one record through and then none for some seconds: for what anybody can cause as often as they like."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self.quiet_until:
            return False
        self.quiet_until = now + self.seconds
        return True
