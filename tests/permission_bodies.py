"""What is sent with the calls of `permission_table`: bodies and queries that are valid, by address."""

BODIES: dict[str, object] = {
    "POST v1/public/holds": {"service_id": "{service_id}", "start_time": "2027-06-10T16:00:00Z"},
    "POST v1/public/appointments": {
        "service_id": "{service_id}",
        "start_time": "2027-06-10T16:00:00Z",
        "client": {"name": "Kim Lee", "email": "new@example.test"},
    },
    "POST v1/public/appointments/<appointment_id>/cancel": {"cancellation_token": "{token}"},
    "POST v1/public/appointments/<appointment_id>/reschedule": {
        "cancellation_token": "{token}",
        "start_time": "2027-06-10T16:00:00Z",
    },
    "POST v1/public/waitlist": {
        "service_id": "{service_id}",
        "first_date": "2027-06-10",
        "last_date": "2027-06-11",
        "client": {"name": "Kim Lee", "email": "new@example.test"},
    },
    "POST v1/tenant-admin/waitlist": {
        "service_id": "{service_id}",
        "first_date": "2027-06-10",
        "last_date": "2027-06-11",
        "client": {"name": "Walk-in"},
    },
    "POST v1/tenant-admin/waitlist/<uuidstr:entry_id>/offer": {"start_time": "2027-06-10T16:00:00Z"},
    "POST v1/tenant-admin/api-keys": {"kind": "secret", "name": "New", "scopes": ["read"]},
    "POST v1/tenant-admin/services": {"name": "New"},
    "POST v1/tenant-admin/categories": {"name": "New"},
    "PATCH v1/tenant-admin/categories/<uuidstr:category_id>": {"name": "New"},
    "POST v1/tenant-admin/calendar/google/connect": {"auth_code": "4/0", "provider_id": "{provider_id}"},
    "POST v1/tenant-admin/providers": {"name": "New"},
    "PUT v1/tenant-admin/providers/<uuidstr:provider_id>/services": {"items": [{"id": "{service_id}"}]},
    "PUT v1/tenant-admin/providers/<uuidstr:provider_id>/availability": {"rules": []},
    "PUT v1/tenant-admin/services/<uuidstr:service_id>/availability": {"rules": []},
    "PUT v1/tenant-admin/settings/availability": {"rules": []},
    "POST v1/tenant-admin/date-overrides": {
        "provider_id": "{provider_id}",
        "kind": "blocked",
        "date": "2027-06-15",
    },
    "POST v1/tenant-admin/clients": {"name": "New Client"},
    "PUT v1/tenant-admin/clients/<uuidstr:client_id>/tags": {"tags": ["New"]},
    "POST v1/tenant-admin/clients/<uuidstr:client_id>/erase": {"cancel_upcoming": True},
    "PUT v1/tenant-admin/services/<uuidstr:service_id>/cancellation-policy": {"tiers": []},
    "PUT v1/tenant-admin/settings/cancellation-policy": {"tiers": []},
    "POST v1/tenant-admin/coupons": {"code": "NEW10", "amount": 500},
    "PUT v1/tenant-admin/coupons/<uuidstr:coupon_id>": {"code": "NEW10", "amount": 500},
    "POST v1/tenant-admin/packages": {"name": "Ten", "quantity": 10, "price": 9000},
    "PUT v1/tenant-admin/packages/<uuidstr:package_id>": {"name": "Ten", "quantity": 10, "price": 9000},
    "POST v1/tenant-admin/sold-packages": {"package_id": "{package_id}", "name": "Kim Lee"},
    "POST v1/tenant-admin/gift-certificates": {"amount": 5000, "buyer_name": "Kim Lee"},
    "POST v1/tenant-admin/tax-rates": {"name": "VAT", "percent": "19"},
    "PUT v1/tenant-admin/tax-rates": {"inclusive": True},
    "PUT v1/tenant-admin/tax-rates/<uuidstr:rate_id>": {"name": "VAT", "percent": "19"},
    "PUT v1/tenant-admin/services/<uuidstr:service_id>/taxes": {"rates": []},
    "POST v1/tenant-admin/appointments": {
        "service_id": "{service_id}",
        "provider_id": "{provider_id}",
        "start_time": "2027-06-10T16:00:00Z",
        "client": {"name": "Walk-in", "id": None},
    },
    "PATCH v1/tenant-admin/appointments/<uuidstr:appointment_id>": {"status": "cancelled"},
    "POST v1/tenant-admin/appointments/<uuidstr:appointment_id>/charge": {"method": "cash"},
    "POST v1/tenant-admin/appointments/<uuidstr:appointment_id>/reschedule": {"start_time": "2027-06-10T16:00:00Z"},
}
"""What is sent where an empty body would be refused before anybody's rights are looked at."""

QUERIES: dict[str, dict[str, str]] = {
    "GET v1/public/services/<service_id>/availability": {"start_date": "2027-06-07", "end_date": "2027-06-08"},
    "GET v1/tenant-admin/availability/explain": {
        "service_id": "{service_id}",
        "start_time": "2027-06-10T16:00:00Z",
    },
    "GET book/<str:service>/details": {"hold": "{hold_token}"},
    "POST book/<str:service>/details": {"hold": "{hold_token}"},
}

EMPTY_IS_404 = {
    "POST dashboard/services/restore",
    "POST dashboard/availability/restore",
    "POST dashboard/calendar/blocks/restore",
    "POST dashboard/availability/days/restore",
}
"""What leads nowhere for those who get in, when nothing is sent."""
