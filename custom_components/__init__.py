"""Custom components: a regular package, so that tests import these and no other."""
