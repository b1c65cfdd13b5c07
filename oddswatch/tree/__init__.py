"""The provisioning tree: composed, validated, compared, written."""
