"""Checks: one file each. See ``_base`` for the contract."""
