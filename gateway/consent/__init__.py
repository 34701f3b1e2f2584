"""Read what a request says about the will of its visitor."""
