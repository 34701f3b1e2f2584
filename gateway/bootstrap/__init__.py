"""Settings in, running parts out: the one place where every part meets.

Where to look, in reading order:

- from files to a running process: `plan` (all files, held against each other), `collecting`, `parts`, `serving` with
  `descriptors`, `processes` (several)
- what the files name: `shipped`, `platforms`, `signals`, `click_ids`, `scrubbing`, `mails`, and `geo` with `places`
- one version of the policy: `accession` (the first), `reign` (all that follows from it), `surroundings` (what outlives
  it), `shadow` (a candidate beside it), `standing` (what is told of it)
- another version: `reload`, with `source` (what stands in the files), `apart` and `trial` (is it any good), `fit` (with
  `gateway.yaml`), `last_good` (for the next start)
- the salt of the day: `salting`, with `salt`, `salt_record`, and `salt_share` and `salt_exchange` for replicas
- what a visitor sees of it, and the records of choices: `privacy`
- where events wait: `storing`, and `replicas` for a server that replicas share
- who may ask at the admin listener, and what is written down of it: `admission`, `issuers`, `evidence`, with `machine`
  for its key; who vouches for answers to `opendsr`
- what persons ask: `rights`, and `rights_api` for programs and for who is told
- what is told of requests to vendors: `tracing`; which values metrics may show: `labels`
- what masking found: `incidents`; how long interfaces last: `versions`
"""
