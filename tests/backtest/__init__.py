"""The back-test of the alerts: ten simulated days, judged by the committed rules.

Real: the monitor (the embedded driver with its decoding, fold, view, outlook and /metrics page, on a
clock that is moved), the committed rule files, and Prometheus' rule engine (`promtool test rules`:
recording rules, `for`, `keep_firing_for`, ALERTS). Modelled: the center (streams.simulator), and
Alertmanager, whose matching, inhibition, grouping and waits are those of its documentation with our
configuration (tests.rules.routing; its routes are compared with amtool). A scrape and an evaluation
come every 60 s instead of 15, every 15 s where a feed falls silent, so most alerts come later than they
would. Rules that only boards read, and annotations, are left out: no alert depends on them.
"""
