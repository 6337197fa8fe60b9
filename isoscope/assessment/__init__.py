"""Facts → verdicts: measures, ladders, viewpoints, profiles, tenants, explanations.

Pure: no I/O, no clock, no environment.
"""
