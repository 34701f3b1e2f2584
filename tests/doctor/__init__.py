"""Each check finds what is wrong, says what to do, and is silent where all is well."""
