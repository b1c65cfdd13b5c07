"""The catalogue of metrics: headers, expressions, rendering."""
