"""Import of files: GeoJSON, GeoPackage, Shapefile and CSV into the registers, for every entity.

`run_import` is the way in.  In order: `files` read, `planning` gives columns their meaning, `intake` puts rows into
temporary tables, `matching` finds their records, `checks` refuse, `writing` makes changes, `run` tells it all.
"""

from baseregistry.registries.imports.order import ImportOrder, Progress, Refusal, Report
from baseregistry.registries.imports.run import agency_of, run_import

__all__ = ["ImportOrder", "Progress", "Refusal", "Report", "agency_of", "run_import"]
