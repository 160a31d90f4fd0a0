"""How a verb is asked for, and how that is said again as a command line and as Python."""
