"""Look at a deployment from where it runs, say of each thing how it is, and what to do about it.

`examine` is the order; each of the others looks at one thing: `files` (with the policy, its pack and the vendors'
versions), `secrets`, `disk`, `server`, `egress`, `certificates`, `running` (the gateway itself, its proxies and its
edge) and `clock`. What they say is a `result`.
"""
