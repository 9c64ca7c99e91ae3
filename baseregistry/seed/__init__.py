"""The sample province: Quảng Nam and Đà Nẵng from 2019 to 2026 at any scale, with invented people."""

from baseregistry.seed.province import Summary, seed

__all__ = ["Summary", "seed"]
