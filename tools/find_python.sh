#!/bin/sh
# Prints the path of a Python that bayes_roi runs on (3.12, 3.13 or 3.14), or says in one sentence that there is none.
# Every candidate is run before it is believed: a version manager's shim may be on the PATH and still start nothing.

have_uv() { uv --version >/dev/null 2>&1; }

usable() { # the real interpreter behind the candidate, if its version is right and it can make a virtual environment
    "$1" -c '
import sys
if not (3, 12) <= sys.version_info[:2] <= (3, 14):
    raise SystemExit(1)
if sys.argv[1] == "pip":
    import ensurepip, venv
print(getattr(sys, "_base_executable", None) or sys.executable)
' "$installer" 2>/dev/null
}

if have_uv; then installer=uv; else installer=pip; fi

if [ -n "$PYTHON" ]; then
    usable "$PYTHON" && exit 0
    echo "PYTHON=$PYTHON is not a Python 3.12, 3.13 or 3.14 that can make a virtual environment; looking for another." >&2
fi

for candidate in python3.13 python3.12 python3.14 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[234]*/bin/python3; do
    usable "$candidate" && exit 0
done

if have_uv && uv python install --quiet 3.12 >&2; then
    usable "$(uv python find --managed-python 3.12)" && exit 0
fi

echo "bayes_roi needs Python 3.12, 3.13 or 3.14 and none was found: install one, or name it with 'make setup PYTHON=/path/to/python3.12'." >&2
exit 1
