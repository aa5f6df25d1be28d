"""The pages of the stand-in, as text: consent, and the calendars of its users."""
