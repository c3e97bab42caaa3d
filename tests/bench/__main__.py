"""`python -m tests.bench [GROUP...]`: measure, print, write build/bench/GROUP.json.

Exits with 1 if a promise does not hold.
"""

import importlib
import sys

from tests.bench.figure import write

GROUPS = ("start", "stream", "staff", "plan", "deviation", "outlook", "page", "scrape", "memory")


def main(chosen: list[str]) -> int:
    broken = 0
    for group in chosen or GROUPS:
        figures = importlib.import_module(f"tests.bench.{group}").measure()
        print(f"{group}: {write(group, figures).name}")
        for each in figures:
            verdict = "" if not each.bound else ("ok" if each.holds else "BROKEN")
            print(f"  {each.name:42} {each.value:>14,.3f} {each.unit:9} {each.bound:8} {verdict}")
            broken += not each.holds
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
