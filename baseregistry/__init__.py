"""baseregistry: the shared base registers of a province, as versioned records with provenance."""

__version__ = "0.1.0"
