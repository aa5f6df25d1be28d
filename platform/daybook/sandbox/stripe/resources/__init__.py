"""What each address of the API does; importing a module registers its addresses."""
