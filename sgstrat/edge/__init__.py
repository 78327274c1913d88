"""All I/O: files, locks, subprocesses."""
