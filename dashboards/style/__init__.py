"""The house style: panels, colours, tables, variables and links over grafanalib, in the forms that Grafana 12 reads.

A page is a list of rows, each headed by the question it answers, each a list of panels. Titles of columns and units
come from the catalogue; a panel states its own title, its size, and what its colours mean.
"""
