"""The data that the tests share: a provisioning tree, filled databases, and rows with which rules fire.

| module | has | now is |
|---|---|---|
| `sample_tree` | a provisioning tree of no meaning | |
| `composed` | catalogues and trees by settings, made once | |
| `small_market` | the demo's market, but small, and the asking of every query | the real one |
| `frozen_site` | tables that a test fills row by row, asked through the catalogue | a moment of the test's choice |
| `worth` | what prices are worth, worked out a second time in plain Python | |
| `real_file` | the file of real prices, where there is one, and how it is stored | after its last match |
| `rows` | SQL that stores rows of a certain age, for rules in a running Grafana | the database's `now()` |
| `alert_cases` | for each rule, the rows with which it fires, and the mail that it must send | the database's `now()` |
"""
