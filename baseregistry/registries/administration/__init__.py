"""The register of administrative units and of what became of them."""
