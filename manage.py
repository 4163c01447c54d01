#!/usr/bin/env python3
"""The one door: `demo`, `test` and every management command (see README)."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Tái Khám needs Python 3.11 or newer; this is " + sys.version.split()[0])

from config.bootstrap import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
