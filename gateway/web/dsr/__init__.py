"""The API of rights at `/v1`, for programs of the operator: requests, packages, suppressions, the erasures' journal.

Where to look, in reading order:

- what can be asked: `operations`, the table, of which each row is an `operation`; `bodies` and `answers` with the
  `scalars` they are made of, and `problems`
- what answers: `endpoint` lets in and reads (`reading`, `rates`, `repeats`), `requests`, `handing_out`, `suppressions`
  `erasures` and `consent_records` act (`cursor`, `waiting`)
- what is told of it all: `openapi`, and `mount`, which puts it together
"""
