"""Who may ask: for now the local issuer of tokens; agencies, grants and the access log stand on it."""
