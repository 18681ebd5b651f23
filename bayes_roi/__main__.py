"""`python -m bayes_roi`: the command line."""

import sys

try:
    from bayes_roi.cli import main
except KeyboardInterrupt:  # as `main` tells it once it is there
    print("interrupted", file=sys.stderr)
    sys.exit(130)

main()
