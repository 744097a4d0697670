"""What one can write, by examples."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from mindnet.pages.page import page

# What it is, how it is typed, and the key that does it to what is selected.
EXAMPLES = [
    ("Bold", "this is **important**", "B"),
    ("Slanted", "*gently* or _gently_", "I"),
    ("Struck out", "~~never mind~~", "Shift X"),
    ("A spoiler, hidden until it is opened", "In the end ||they meet||.", ""),
    ("Code", "run `make test`", "E"),
    ("A block of code", "```python\nfor thought in mind:\n    share(thought)\n```", "E"),
    ("A quotation", "> What did you say?\nNothing.", ""),
    ("A list", "- tea\n- bread\n  - with butter", ""),
    ("A numbered list", "1. breathe in\n2. breathe out", ""),
    ("A link with words", "[how we meet](https://example.org/meet)", "K"),
    ("A mark as it is", r"\*not slanted\*", ""),
]


@page
@require_GET
def writing(request):
    return render(request, "help/writing.html", {"examples": EXAMPLES})
