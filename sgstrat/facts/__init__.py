"""AWS facts as data, each value with its source and date."""
