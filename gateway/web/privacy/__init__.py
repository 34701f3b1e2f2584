"""The visitor's own page: what is known of a browser, and forms to change it, without a script and for nobody else.

Where to look, in reading order: `desk` (the paths), `view` (what is shown), `asking` (requests that are made), `forms`
(whose forms are taken), `speech` (languages), `rendering` (templates and headers).
"""
