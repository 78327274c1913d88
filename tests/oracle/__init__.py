"""Independent proof of the compiler: what the sources mean, read naively, against what the outputs say.

Nothing here but the tests themselves imports the compiler; only its catalogue of services is read, as data.
"""
