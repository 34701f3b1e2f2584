"""Evidence: what was done to an installation, in a log that cannot be changed unseen.

Where to look, in reading order:

- what is said: `leaf` (a closed list of acts), `commitment` (how a subject is named without being named)
- how it is held together: `merkle` (hashes and proofs), `note` (who signed which state), `proof` (both in one text)
- where it is: `log` (what it promises), `sqlite` (one file), `verify` (the file held against its own signatures)
- what a visitor takes home: `jws` (a signed statement), `receipt` (which ones there are)
"""
