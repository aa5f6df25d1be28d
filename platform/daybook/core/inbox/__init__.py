"""The inbox: events that vendors deliver, kept once each and applied by a worker."""
