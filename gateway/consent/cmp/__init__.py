"""How consent management platforms write what a visitor answered, and how it is read from their cookies."""
