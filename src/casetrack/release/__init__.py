"""The return: what is released of each case, as a table, a workbook and CSV."""
