"""How the verbs do what takes more than a page."""
