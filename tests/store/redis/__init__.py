"""The store that replicas share keeps what it promises, and says so where it cannot."""
