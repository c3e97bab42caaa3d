"""Technology of the simulated center: bots, what is probed, what carriers count."""
