#!/usr/bin/env python
"""Django's command line, for wschat: `manage.py serve` starts the server."""

import os
import signal
import sys

SERVES = __name__ == "__main__" and sys.argv[1:2] == ["serve"]
if SERVES:  # Ctrl-C is no error, not even during the imports; later the command itself sees to it
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))

from django.core.management import execute_from_command_line  # noqa: E402

from chat.server import options  # noqa: E402
from wschat_site.env import Env  # noqa: E402

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wschat_site.settings")
    if SERVES:  # the options are settings, which Django is about to read
        os.environ.update(options.read_environment(sys.argv[2:], Env.model_fields))
    execute_from_command_line(sys.argv)
