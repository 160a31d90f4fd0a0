"""The verbs, one file each: what the command line, the studio and Python all call."""
