"""The measures and exposures: one module per mechanism, each with condition and text."""
