"""A call: one kind of request, in the one or two ways in which whoever asks has signed in."""

import dataclasses
import json
import secrets

PAGE = 50  # messages
COOKIE, TOKEN, NOBODY = "cookie", "token", ""
FROM_BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
BROWSER = FROM_BROWSER | {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = FROM_BROWSER | {"Accept": "application/json"}


@dataclasses.dataclass(frozen=True)
class Call:
    label: str
    paths: list
    check: dict  # as benchmarks/client/checks.py takes it
    method: str = "GET"
    headers: dict = dataclasses.field(default_factory=lambda: PROGRAM)
    signed: list = dataclasses.field(default_factory=lambda: [COOKIE, TOKEN])
    words: str = ""  # of what is written: with a number and a word of the run behind it

    def but(self, label, *, headers, coded=None, check=None):
        check = check or self.check | {"coded": coded}
        return dataclasses.replace(self, label=label, headers=headers, check=check)

    def kind(self, port, signed):
        """As the load generator takes it. What is written has a word that nothing else has, to be searched for."""
        self_made = {"body": json.dumps({"content": f"{self.words} @@ q{secrets.token_hex(6)}"})} if self.words else {}
        return {
            "label": self.label,
            "port": port,
            "method": self.method,
            "headers": self.headers | signed,
            "paths": self.paths,
            "check": self.check,
            **self_made,
        }


def of_bare(label):
    """What the bare Django view is asked."""
    check = {"kind": "text", "wanted": ['{"status":"ok"}']}
    return Call(label, ["/"], check, signed=[NOBODY])
