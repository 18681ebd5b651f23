"""Cleaning that was asked for, a kind a file, each change with its entry in the audit trail."""
