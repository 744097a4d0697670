#!/usr/bin/env python
"""Django's command line for mindnet."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mindnet.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"mindnet does not start: {error}")
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says of a program that Ctrl-C has ended


if __name__ == "__main__":
    main()
