"""OCI bundles: what containerd and CRI-O tell the runtime of each container."""
