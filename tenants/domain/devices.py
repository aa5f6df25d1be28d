"""What a browser says about itself, in the words of the people who use it, and which network an address is of."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

BROWSERS = (  # the first that is named wins: most browsers name others, too
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
HANDHELD = ("iPhone", "iPad", "Android")


@dataclass(frozen=True, slots=True)
class Device:
    """The kind of browser and of machine, each empty when it is not said. Versions are left out: they change often."""

    browser: str
    system: str

    @property
    def handheld(self) -> bool:
        """A phone or a tablet."""
        return self.system in HANDHELD


def device(agent: str) -> Device:
    """What the User-Agent header says."""
    return Device(_first(BROWSERS, agent), _first(SYSTEMS, agent))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")


def network(address: str) -> str:
    """The address's neighbourhood: a provider gives its customers other addresses of it from day to day."""
    found = ip_address(address)
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
