"""The HTML pages: one file each, with everything inside, to open or to send to somebody."""
