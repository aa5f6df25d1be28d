"""A Stripe that keeps everything in memory: its API for the real SDK, its pages for people, its webhooks."""
