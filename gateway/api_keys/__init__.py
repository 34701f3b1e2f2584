"""Who may ask what at the admin listener.

Where to look, in reading order: `token` (the text of a key), `grant` (what a key may, and whether it does), `book` (the
file with all of them), `attempts` (how often somebody may be wrong).
"""
