"""The bundled demonstration: a story over bundled hosts, shown in the ordinary window."""
