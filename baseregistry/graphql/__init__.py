"""The GraphQL door: documents become questions, answers come back as spliced bytes."""
