"""Days made by hand for every alert, and promtool's test files made of them."""
