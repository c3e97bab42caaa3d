"""`floorwatch version`."""

from importlib.metadata import PackageNotFoundError, version

EXAMPLES = ("floorwatch version",)


def installed_version() -> str:
    """Version of the distribution; `unknown` in a checkout that was not installed."""
    try:
        return version("floorwatch")
    except PackageNotFoundError:
        return "unknown"


def command() -> None:
    """Print the version."""
    print(f"floorwatch {installed_version()}")
