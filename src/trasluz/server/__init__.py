"""The studio's server: the verbs of the lab over HTTP and WebSockets, on this machine, for whoever holds the token.

`guard` stands before everything; `routes` has a file for each group of routes, thin over `lab`; `batches` gathers
decode requests; `jobs` does long work; `studio` holds what is open; `run` starts it.
"""
