"""Every contract of the house, the registry that finds what keeps them, and the suite that checks it."""
