"""Outside calendars of a business's providers."""
