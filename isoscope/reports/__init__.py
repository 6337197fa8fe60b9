"""Assessment → report: one model, written as text, JSON, HTML, Markdown or CSV.

Pure: writers return text and never touch a file or a terminal.
"""
