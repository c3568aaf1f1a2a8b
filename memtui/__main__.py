"""`python -m memtui` is the same program as `memtui`."""

import sys

from memtui.cli import main

sys.exit(main())
