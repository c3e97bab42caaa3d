"""Other products' figures, by their own rules, from the records they read: for comparison only.

None of it enters the columns or a KPI. A difference to ours is explained by the rules a profile
names, and a profile is right when it repeats the other product's numbers.
"""
