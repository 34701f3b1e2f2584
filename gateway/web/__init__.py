"""The HTTP edge: public and admin listeners."""
