"""The window (Qt): models over immutable rows, pages, widgets, jobs; no judgement.

What is judged, and how, is decided in ``isoscope.assessment``; what is shown here is only arranged.
"""
