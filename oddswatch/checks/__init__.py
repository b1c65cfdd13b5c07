"""Looking at a database through the tree: check, preview, sql, remedies."""
