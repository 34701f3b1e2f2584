"""OpenDSR 2.0, formerly OpenGDPR: the way in for those whose software speaks it, to the same requests as the API's.

Where to look, in reading order:

- what is said: `words` (its vocabulary, and how our states read in it)
- what comes and goes: `read` (a body as a draft), `answers` (a request as a body), `signing` (who vouches for it)
- who listens and tells: `routes`, `callbacks` (each change of a state, to whom it was asked for)
"""
