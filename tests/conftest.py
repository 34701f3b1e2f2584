"""What every test may rely on: properties that give the same examples on every run and machine."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=200, database=None)
settings.load_profile("steady")
