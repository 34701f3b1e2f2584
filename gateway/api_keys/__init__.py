"""Who may ask what at the admin listener.

Where to look, in reading order:

- keys of our own: `token` (the text of one), `grant` (what it may, and whether it does), `book` (the file with all of
  them)
- tokens of identity providers: `jwk` (whose signature it is), `oidc` (whom it stands for), `issuers` (who is believed)
- for both: `attempts` (how often somebody may be wrong)
"""
