"""The engine of many replicas: what a store keeps, in a Redis or Valkey server that all of them share.

Where to look, in reading order: `names` (what stands where), `scripts` with the folder `lua` (each change is one of
these), `address` and `servers` (where the server is), `line` (how it is asked, and when not), `fitness` (what it can
promise), `keyring` and `parts` (who seals, and what the parts share), `appender`, `queue`, `withdrawals` with `memory`,
`dead_letters`, `erasing`, `compacting` and `ledger` (the promises of `gateway.store.protocols`), `keeper` (what has to
be done all the time), `spool` (what happens meanwhile when it is away), `engine` (all of it together).
"""
