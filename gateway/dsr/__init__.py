"""Rights: what a person may ask of an installation, from the request to its proof.

Where to look, in reading order:

- what is asked: `request` (types, states and what may follow what), `identities` (who it is about, as subjects),
  `deadlines` (until when it is to be answered), `problems` (why one is not taken)
- who takes it: `desk`, the one door for every way in, over `books` (requests and what is sealed of them)
- who does it: `runner` with the `steps` of each type, `vendors` (deletion at a destination), `archives` (files of the
  operator), `journal` (what must not come back with a backup), `proof` (the receipt)
- what was chosen: `consent_record` (what proves it), `consent_log` (where that is kept), `consented` (its digest in the
  evidence); `links` lead a visitor back to a request
- who is it, and who is told: `verification` (codes), `packages` (links to what is handed out), `notices` (each change
  and each deadline) by `webhooks`
- what is known of a subject: `recipients` (who received what), `package` (all of it, for the subject)
"""
