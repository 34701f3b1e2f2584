"""Rights: what a person may ask of an installation, from the request to its proof.

Where to look, in reading order:

- what is asked: `request` (types, states and what may follow what), `acts` (what each act makes of one), `identities`
  (who it is about, as subjects), `deadlines` (until when it is to be answered), `problems` (why one is not taken)
- who takes it: `desk`, the one door for every way in, over `books` (requests) and `sealed` (what is personal of them)
- who does it: `runner` with the tasks that `steps` lists and `doing` does: `vendors` (deletion at a destination),
  `archives` (files of the operator), `compacting` (the store's files), `journal` and `replay` (what must not come back
  with a backup), `proof` (the receipt)
- what was chosen: `consent_record` (what proves it), `consent_log` (where that is kept), `consented` (its digest in the
  evidence); `links` lead a visitor back to a request
- who is it, and who is told: `verification` (codes), `packages` (links to what is handed out), `notices` (each change
  and each deadline) by `webhooks`, `salts` (names for the evidence that die with the subject)
- what is known of a subject: `recipients` (who received what), `holdings` (all of it), `extract` (all of it, for the
  subject)
"""
