"""`python platform/manage.py COMMAND`: the same as `daybook COMMAND`."""

from daybook.__main__ import main

if __name__ == "__main__":
    main()
