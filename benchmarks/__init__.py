"""How fast, on big tables: `make bench`. Not part of the tests; figures belong to the machine that made them."""
