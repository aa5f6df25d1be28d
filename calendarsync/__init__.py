"""Outside calendars: push, poll, echoes and conflicts. What is learnt there is written into `scheduling`."""
