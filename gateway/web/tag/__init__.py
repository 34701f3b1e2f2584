"""The first-party tag: one script for every page, made of the modules beside this file."""
