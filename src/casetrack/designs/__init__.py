"""What a council asks: quotas, limits, fixed places; suggestion, check, nearest; a design held against a pool."""
