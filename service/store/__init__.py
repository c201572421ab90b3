"""Files and databases: the rule files, the practice file, the ledger of what was decided."""
