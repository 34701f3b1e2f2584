"""Vendors as manifests: how a pixel is read, and how an event becomes a request."""
