"""Read, check, compile, apply and explain a policy.

Where to look, in reading order:

- the format: `schema` (its keys and words), `model` (what it says, as values), `durations`, `places`, `meanings`
- from text to draft: `cursor`, `load` with `load_regions` and `load_cases`
- is it right: `lint` with `lint_regions`, `lint_data`, `lint_terms`, `lint_cases`, `lint_age`; `floors`; `subject`,
  what they look at
- from draft to policy: `compile`, `regions` (what inheriting amounts to), `law` (what a set of candidates amounts to)
- the judgement: `decide`, with `choice` and `sends`; `absent` where there is no policy
- asked in words: `situations`, `explain`, `cases` (the file's tests), `promises` (its proofs)
- one version beside another: `compare`, `impact` with `rare` and `trusted`, `replay`
- for editors: `json_schema`
"""
