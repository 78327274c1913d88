"""What of the last build still holds, so that a build does again only what it has to."""
