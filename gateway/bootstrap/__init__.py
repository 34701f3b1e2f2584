"""Settings in, running parts out: the one place where every part meets."""
