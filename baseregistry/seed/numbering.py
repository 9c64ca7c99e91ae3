"""Numbers as the authorities build them: personal IDs, old IDs, tax codes, certificate serials, parcel IDs.

They are drawn at random within the rules, without repetition.  Tax codes come from a range that is not
issued as far as we know; a personal ID may by chance be somebody's.
"""

from collections import defaultdict
from datetime import date
from random import Random

from stdnum.vn import mst

MILLION = 1_000_000
STRIDE = 618_033  # coprime to a million: a walk that visits every number once
GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"


class Serials:
    """Numbers of `digits` digits (six or fewer matter), each once under its prefix, in an order that looks like chance."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._next: dict[str, int] = {}
        self._given: dict[str, int] = defaultdict(int)

    def under(self, prefix: str) -> str:
        """The next number of six digits after `prefix`; ``prefix`` and number together never repeat."""
        number = self._next.get(prefix)
        if number is None:
            number = self._random.randrange(MILLION)
        self._given[prefix] += 1
        if self._given[prefix] > MILLION:
            raise OverflowError(f"All numbers under {prefix!r} are given.")
        self._next[prefix] = (number + STRIDE) % MILLION
        return f"{number:06d}"


class Numbers:
    """Every number of one province."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._serials = Serials(random)

    def personal_id(self, province: str, sex: str, born: date) -> str:
        """12 digits: province of birth registration, century and sex, year, six random (Decree 137/2015, art. 13)."""
        century = (born.year // 100 - 19) * 2 + (sex == "F")
        prefix = f"0{province}{century}{born.year % 100:02d}"
        return prefix + self._serials.under(prefix)

    def old_id(self, province: str) -> str:
        """9 digits, the first three of the province's police."""
        prefix = self._random.choice(("205", "206") if province == "49" else ("200", "201"))
        return prefix + self._serials.under(prefix)

    def passport(self) -> str:
        """A letter and seven digits."""
        prefix = self._random.choice(("B9", "C9"))
        return prefix + self._serials.under(prefix)

    def tax_code(self) -> str:
        """10 digits, the last a check digit (Decree 168/2025; stdnum.vn.mst)."""
        while True:
            body = "499" + self._serials.under("499")
            check: str = mst.calc_check_digit(body)
            if len(check) == 1:
                return body + check

    def serial(self, prefix: str) -> str:
        """Six digits that no other under `prefix` has."""
        return self._serials.under(prefix)

    def certificate(self, issued: date) -> str:
        """Two letters of the year's series and six digits; since 2025 two letters and eight (``DN 750008``)."""
        if issued.year >= 2025:
            letters = f"A{chr(ord('A') + issued.year - 2025)}"
            return f"{letters} 00{self._serials.under(letters + '00')}"
        series, letter = max(0, min(3, (issued.year - 1994) // 8)), (issued.year * 7 + issued.month) % 26
        letters = "ABCD"[series] + chr(ord("A") + letter)
        return f"{letters} {self._serials.under(letters)}"


def geohash(longitude: float, latitude: float, length: int = 12) -> str:
    """The GeoHash of a point: halve the world `5 * length` times, longitude first, five halvings a letter."""
    east, north, bits = (-180.0, 180.0), (-90.0, 90.0), 0
    for step in range(5 * length):
        (low, high), value = (north, latitude) if step % 2 else (east, longitude)
        middle = (low + high) / 2
        upper = value >= middle
        bits = bits << 1 | upper
        half = (middle, high) if upper else (low, middle)
        east, north = (east, half) if step % 2 else (half, north)
    return "".join(GEOHASH[bits >> 5 * place & 31] for place in reversed(range(length)))
