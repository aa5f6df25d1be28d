"""Forms that clients fill in: fields, answers, agreements. Bookings reach it through `widget`."""
