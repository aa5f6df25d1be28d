"""A week of the demo's massage studio."""

# weekday (0 = Monday) → (provider, start, service, client, status or "" for what the date implies, source)
WEEK: dict[int, tuple[tuple[str, str, str, str, str, str], ...]] = {
    0: (
        ("ana", "09:00", "deep", "Ruth Adeyemi", "", "online"),
        ("marco", "09:30", "sports", "Tom Becker", "", "phone"),
        ("ana", "10:30", "stone", "Grace Liu", "", "online"),
        ("lena", "13:00", "prenatal", "Iris Novak", "", "online"),
        ("marco", "14:30", "deep", "Dev Patel", "no_show", "online"),
        ("ana", "15:00", "swedish", "June Carver", "", "widget"),
    ),
    1: (
        ("ana", "08:30", "swedish", "Omar Haddad", "", "online"),
        ("lena", "10:00", "deep", "Wen Zhao", "", "phone"),
        ("marco", "10:00", "sports", "Sara Lindqvist", "", "online"),
        ("ana", "14:00", "deep", "Paul Reyes", "", "online"),
        ("lena", "15:30", "prenatal", "Maya Singh", "", "online"),
        ("ana", "17:00", "swedish", "Hugo Martin", "cancelled", "online"),
    ),
    2: (
        ("ana", "09:00", "swedish", "Ella Brandt", "", "online"),
        ("marco", "09:30", "sports", "Kofi Mensah", "", "manual"),
        ("lena", "11:00", "deep", "Yuki Tanaka", "", "online"),
        ("ana", "13:00", "deep", "Clara Jensen", "", "online"),
        ("marco", "14:00", "sports", "Leo Fontaine", "", "walk_in"),
        ("ana", "15:00", "stone", "Amira Khan", "pending", "online"),
        ("lena", "16:00", "prenatal", "Beth Walsh", "", "online"),
    ),
    3: (
        ("marco", "08:30", "sports", "Ivan Petrov", "", "online"),
        ("lena", "10:00", "swedish", "Kate Moroz", "", "online"),
        ("ana", "10:30", "deep", "Nadia Okafor", "", "online"),
        ("ana", "12:30", "swedish", "Sam Whitlock", "", "phone"),
        ("marco", "13:00", "sports", "Rafael Costa", "", "online"),
        ("ana", "15:00", "stone", "Lucy Grant", "", "online"),
    ),
    4: (
        ("ana", "09:00", "deep", "Ben Osei", "", "online"),
        ("lena", "09:30", "prenatal", "Ana Popescu", "", "online"),
        ("marco", "11:00", "sports", "Finn Doyle", "", "online"),
        ("ana", "13:30", "swedish", "Zoe Park", "", "walk_in"),
        ("marco", "15:00", "deep", "Nina Rossi", "pending", "online"),
        ("lena", "16:30", "swedish", "Carol Diaz", "", "online"),
    ),
    5: (
        ("ana", "10:00", "swedish", "Emil Sørensen", "", "online"),
        ("marco", "10:30", "deep", "Dana White", "", "online"),
        ("ana", "11:30", "stone", "Priya Nair", "", "online"),
    ),
    6: (),
}
