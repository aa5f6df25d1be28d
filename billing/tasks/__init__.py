"""What the outbox and the inbox ask of this app; every module here registers its handlers."""
