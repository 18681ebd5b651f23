"""How a command ends: exit codes."""

from __future__ import annotations

UNTRUSTED, AT_FAULT, OUR_FAULT = 1, 2, 70
INTERRUPTED = 130
"""As of a process that SIGINT ended: 128 and its number."""
