"""People and quotas as whole numbers, solved exactly: programmes, clashes, shortfall."""
