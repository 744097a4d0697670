"""`manage.py serve` with batches of one: the baseline "one transaction a message".

The same server, tables, statements and number of connections; only the writer takes one message at a time.
"""

import os
import sys
from pathlib import Path

import django
from django.core.management import execute_from_command_line


def main():
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "mindnet.settings"
    django.setup()
    from messaging import writer

    if writer.BATCH_MOST <= 1:
        raise SystemExit("messaging.writer.BATCH_MOST no longer says how many messages a transaction has")
    writer.BATCH_MOST = 1
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
