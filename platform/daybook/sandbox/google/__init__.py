"""A Google of our own: OAuth and Calendar v3 over HTTP, with what users do there and what goes wrong."""
