"""Adoption: third-party pixels and snippets found in pages and mails, told, and pointed at the gateway."""
