"""`python -m bayes_roi`: the command line."""

from bayes_roi.cli import main

main()
