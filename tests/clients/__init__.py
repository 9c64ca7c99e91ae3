"""The clients that the service is held to, and the audits of GraphQL over HTTP."""
