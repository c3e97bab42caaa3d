"""The board as a page in a browser, pushed live: the terminal board's figures and words, and curves."""
