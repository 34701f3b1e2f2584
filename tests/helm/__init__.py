"""The chart, rendered by real Helms and held against Kubernetes, against its own promises and against the gateway."""
