"""The site's PostgreSQL: connection, macros, running a query, the role."""
