"""Every address and who gets in: one line per address, `group methods address`.

A new address needs its line here, else `tests/test_permissions.py` fails; a line whose address is gone fails too.
Groups of people: OPEN anybody; FORM whoever comes from the page's own form (tested with a browser elsewhere; here
everybody without its token is 403); TOKEN only with the client's own token; PERSON who is signed in on the platform;
FACTOR who
is signed in and has a second factor (404 without); SECRET who has the link's secret, or a file's random name (404
without); VENDOR whoever signs for a source that is registered (404 for others; tested in
tests/core/test_inbox_door.py); ALL every member; DESK all but providers; HOURS all but the front desk; SETUP owner and
manager; PEOPLE as SETUP, but no keys; OWNER the owner, no keys. Secret keys act like an owner on the tenant-admin API,
within their scopes.
"""

API = """
OPEN   GET              v1/openapi.json
OPEN   GET              v1/docs
OPEN   GET              v1/public/business
OPEN   GET              v1/public/services
OPEN   GET              v1/public/services/<service_id>
OPEN   GET              v1/public/services/<service_id>/availability
OPEN   POST             v1/public/holds
OPEN   GET DELETE       v1/public/holds/<hold_token>
OPEN   POST             v1/public/holds/<hold_token>/extend
OPEN   POST             v1/public/appointments
TOKEN  GET              v1/public/appointments/<appointment_id>
TOKEN  POST             v1/public/appointments/<appointment_id>/cancel
TOKEN  POST             v1/public/appointments/<appointment_id>/reschedule
OPEN   POST             v1/public/waitlist
DESK   GET POST         v1/tenant-admin/waitlist
DESK   GET DELETE       v1/tenant-admin/waitlist/<uuidstr:entry_id>
DESK   POST DELETE      v1/tenant-admin/waitlist/<uuidstr:entry_id>/offer
ALL    GET              v1/tenant-admin/settings
SETUP  PATCH            v1/tenant-admin/settings
PEOPLE GET              v1/tenant-admin/members
OWNER  GET POST         v1/tenant-admin/api-keys
OWNER  DELETE           v1/tenant-admin/api-keys/<uuidstr:key_id>
ALL    GET              v1/tenant-admin/services
SETUP  POST             v1/tenant-admin/services
ALL    GET              v1/tenant-admin/services/<uuidstr:service_id>
SETUP  PATCH DELETE     v1/tenant-admin/services/<uuidstr:service_id>
ALL    GET              v1/tenant-admin/categories
SETUP  POST             v1/tenant-admin/categories
SETUP  PATCH DELETE     v1/tenant-admin/categories/<uuidstr:category_id>
ALL    GET              v1/tenant-admin/providers
SETUP  POST             v1/tenant-admin/providers
ALL    GET              v1/tenant-admin/providers/<uuidstr:provider_id>
SETUP  PATCH DELETE     v1/tenant-admin/providers/<uuidstr:provider_id>
ALL    GET              v1/tenant-admin/providers/<uuidstr:provider_id>/services
SETUP  PUT              v1/tenant-admin/providers/<uuidstr:provider_id>/services
ALL    GET              v1/tenant-admin/providers/<uuidstr:provider_id>/availability
HOURS  PUT              v1/tenant-admin/providers/<uuidstr:provider_id>/availability
ALL    GET              v1/tenant-admin/services/<uuidstr:service_id>/availability
SETUP  PUT              v1/tenant-admin/services/<uuidstr:service_id>/availability
ALL    GET              v1/tenant-admin/settings/availability
SETUP  PUT              v1/tenant-admin/settings/availability
ALL    GET              v1/tenant-admin/date-overrides
HOURS  POST             v1/tenant-admin/date-overrides
ALL    GET              v1/tenant-admin/date-overrides/<uuidstr:override_id>
HOURS  PATCH DELETE     v1/tenant-admin/date-overrides/<uuidstr:override_id>
ALL    GET              v1/tenant-admin/availability/explain
DESK   GET POST         v1/tenant-admin/clients
DESK   GET PATCH        v1/tenant-admin/clients/<uuidstr:client_id>
DESK   GET              v1/tenant-admin/clients/<uuidstr:client_id>/history
DESK   PUT              v1/tenant-admin/clients/<uuidstr:client_id>/tags
DESK   POST DELETE      v1/tenant-admin/clients/<uuidstr:client_id>/block
SETUP  GET              v1/tenant-admin/clients/<uuidstr:client_id>/export
SETUP  POST             v1/tenant-admin/clients/<uuidstr:client_id>/erase
ALL    GET              v1/tenant-admin/services/<uuidstr:service_id>/cancellation-policy
SETUP  PUT              v1/tenant-admin/services/<uuidstr:service_id>/cancellation-policy
ALL    GET              v1/tenant-admin/settings/cancellation-policy
SETUP  PUT              v1/tenant-admin/settings/cancellation-policy
SETUP  GET POST         v1/tenant-admin/coupons
SETUP  GET PUT DELETE   v1/tenant-admin/coupons/<uuidstr:coupon_id>
DESK   GET              v1/tenant-admin/packages
SETUP  POST             v1/tenant-admin/packages
SETUP  PUT DELETE       v1/tenant-admin/packages/<uuidstr:package_id>
DESK   GET POST         v1/tenant-admin/sold-packages
DESK   GET POST         v1/tenant-admin/gift-certificates
SETUP  GET PUT POST     v1/tenant-admin/tax-rates
SETUP  PUT DELETE       v1/tenant-admin/tax-rates/<uuidstr:rate_id>
SETUP  PUT              v1/tenant-admin/services/<uuidstr:service_id>/taxes
HOURS  GET              v1/tenant-admin/calendar/connections
HOURS  PATCH DELETE     v1/tenant-admin/calendar/connections/<uuidstr:connection_id>
HOURS  POST             v1/tenant-admin/calendar/google/connect
SETUP  GET              v1/tenant-admin/payments/account
ALL    GET POST         v1/tenant-admin/appointments
ALL    GET              v1/tenant-admin/appointments/stats
ALL    GET PATCH        v1/tenant-admin/appointments/<uuidstr:appointment_id>
ALL    POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/cancel
ALL    POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/reschedule
ALL    POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/charge
SETUP  POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/refund
SETUP  GET              v1/tenant-admin/payments
SETUP  GET              v1/tenant-admin/payments/<uuidstr:payment_id>
ALL    POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/restore
ALL    POST             v1/tenant-admin/appointments/<uuidstr:appointment_id>/check-in
"""

CLIENT_PAGES = """
OPEN   GET              healthz
OPEN   GET              readyz
OPEN   GET              enter
OPEN   POST             leave
OPEN   GET
OPEN   GET              brand-<str:digest>.css
SECRET GET              media/<slug:kind>/<str:name>
SECRET GET              calendar/<str:token>.ics
OPEN   GET              policy
OPEN   GET              manage
FORM   POST             manage
OPEN   GET              book/<str:service>/
FORM   POST             book/<str:service>/
OPEN   GET              book/<str:service>/details
FORM   POST             book/<str:service>/details
OPEN   GET              book/<str:service>/wait
FORM   POST             book/<str:service>/wait
TOKEN  GET POST         w/<uuid:entry_id>
TOKEN  GET POST         w/<uuid:entry_id>/offer/<uuid:offer_id>
TOKEN  GET POST         u/<uuid:client_id>
TOKEN  GET              a/<str:reference>.ics
TOKEN  GET              a/<str:reference>
TOKEN  GET POST         a/<str:reference>/reschedule
TOKEN  GET POST         a/<str:reference>/cancel
TOKEN  GET POST         a/<str:reference>/pay
TOKEN  GET              a/<str:reference>/paid
TOKEN  GET POST         a/<str:reference>/fee
SECRET GET              pay/<str:token>
SECRET GET              pay/<str:token>/return
OPEN   GET              packages/
OPEN   GET              packages/<uuid:package_id>/
FORM   POST             packages/<uuid:package_id>/
OPEN   GET              gift/
FORM   POST             gift/
SECRET GET              gift/<uuid:gift_id>
SECRET GET              orders/<uuid:order_id>
"""

DASHBOARD = """
ALL    GET              dashboard/
ALL    GET              dashboard/search
SETUP  POST             dashboard/checklist/<slug:step>
SETUP  GET POST         dashboard/welcome
ALL    GET              dashboard/calendar/
ALL    GET POST         dashboard/calendar/appointments/<uuid:appointment_id>/move
ALL    POST             dashboard/calendar/appointments/<uuid:appointment_id>/undo
HOURS  GET POST         dashboard/calendar/blocks/new
HOURS  POST             dashboard/calendar/blocks/restore
HOURS  GET POST         dashboard/calendar/blocks/<uuid:override_id>/
HOURS  POST             dashboard/calendar/blocks/<uuid:override_id>/delete
ALL    GET              dashboard/appointments/
ALL    GET POST         dashboard/appointments/new
DESK   GET              dashboard/appointments/new/clients
ALL    POST             dashboard/appointments/<uuid:appointment_id>/unbook
ALL    POST             dashboard/appointments/<uuid:appointment_id>/money/<slug:what>
ALL    GET POST         dashboard/appointments/<uuid:appointment_id>/series/cancel
ALL    GET POST         dashboard/appointments/<uuid:appointment_id>/series/move
ALL    GET              dashboard/appointments/series/<uuid:series_id>/
ALL    POST             dashboard/appointments/series/<uuid:series_id>/unbook
ALL    POST             dashboard/appointments/series/<uuid:series_id>/undo/<uuid:batch>
SETUP  GET              dashboard/appointments/export
ALL    GET POST         dashboard/appointments/bulk/<slug:action>
ALL    GET              dashboard/appointments/bulk/<uuid:batch>
ALL    POST             dashboard/appointments/bulk/<uuid:batch>/undo
ALL    GET              dashboard/appointments/<uuid:appointment_id>/
ALL    POST             dashboard/appointments/<uuid:appointment_id>/notes
ALL    GET POST         dashboard/appointments/<uuid:appointment_id>/reschedule
ALL    GET POST         dashboard/appointments/<uuid:appointment_id>/<slug:action>
DESK   GET              dashboard/clients/
DESK   GET POST         dashboard/clients/new
SETUP  GET              dashboard/clients/export.csv
SETUP  GET              dashboard/clients/duplicates/
SETUP  GET POST         dashboard/clients/imports/
SETUP  GET POST         dashboard/clients/imports/<uuid:import_id>/
SETUP  POST             dashboard/clients/imports/<uuid:import_id>/start
SETUP  POST             dashboard/clients/imports/<uuid:import_id>/discard
SETUP  GET              dashboard/clients/imports/<uuid:import_id>/refused.csv
DESK   GET              dashboard/clients/<uuid:client_id>/
DESK   GET POST         dashboard/clients/<uuid:client_id>/edit
DESK   POST             dashboard/clients/<uuid:client_id>/notes
DESK   POST             dashboard/clients/<uuid:client_id>/tags
DESK   POST             dashboard/clients/<uuid:client_id>/block
DESK   POST             dashboard/clients/<uuid:client_id>/not-duplicate
SETUP  GET POST         dashboard/clients/<uuid:client_id>/merge
SETUP  GET              dashboard/clients/<uuid:client_id>/export
SETUP  GET POST         dashboard/clients/<uuid:client_id>/erase
DESK   POST             dashboard/clients/<uuid:client_id>/consents
DESK   POST             dashboard/clients/<uuid:client_id>/consents/<uuid:consent_id>/withdraw
DESK   POST             dashboard/clients/<uuid:client_id>/files
DESK   GET              dashboard/clients/<uuid:client_id>/files/<uuid:file_id>
DESK   POST             dashboard/clients/<uuid:client_id>/files/<uuid:file_id>/delete
DESK   GET              dashboard/waitlist/
DESK   GET POST         dashboard/waitlist/new
SETUP  POST             dashboard/waitlist/settings
DESK   GET POST         dashboard/waitlist/<uuid:entry_id>/
DESK   GET POST         dashboard/waitlist/<uuid:entry_id>/offer
DESK   POST             dashboard/waitlist/<uuid:entry_id>/withdraw
DESK   POST             dashboard/waitlist/<uuid:entry_id>/move
DESK   POST             dashboard/waitlist/<uuid:entry_id>/remove
DESK   POST             dashboard/waitlist/<uuid:entry_id>/restore
SETUP  GET              dashboard/services/
SETUP  GET POST         dashboard/services/new
SETUP  POST             dashboard/services/preview
SETUP  GET              dashboard/services/categories/
SETUP  POST             dashboard/services/categories/<uuid:category_id>
SETUP  GET POST         dashboard/services/<uuid:service_id>/
SETUP  POST             dashboard/services/<uuid:service_id>/switch
SETUP  POST             dashboard/services/<uuid:service_id>/move
SETUP  POST             dashboard/services/<uuid:service_id>/copy
SETUP  POST             dashboard/services/change
SETUP  POST             dashboard/services/restore
SETUP  POST             dashboard/services/categories/<uuid:category_id>/move
SETUP  GET POST         dashboard/services/<uuid:service_id>/delete
SETUP  GET POST         dashboard/services/<uuid:service_id>/policy
SETUP  POST             dashboard/services/<uuid:service_id>/policy/examples
SETUP  POST             dashboard/settings/policy/examples
SETUP  GET              dashboard/team/
SETUP  GET POST         dashboard/team/new
SETUP  GET POST         dashboard/team/<uuid:provider_id>/
SETUP  POST             dashboard/team/<uuid:provider_id>/switch
SETUP  POST             dashboard/team/<uuid:provider_id>/move
SETUP  GET POST         dashboard/team/<uuid:provider_id>/delete
DESK   GET POST         dashboard/team/<uuid:provider_id>/appointments
SETUP  GET POST         dashboard/team/calendars/
HOURS  GET              dashboard/team/calendars/google/callback
ALL    POST             dashboard/team/calendars/found/<uuid:attention_id>/<slug:answer>
HOURS  POST             dashboard/team/<uuid:provider_id>/calendars/google/connect
HOURS  POST             dashboard/team/<uuid:provider_id>/calendars/google/choose
HOURS  POST             dashboard/team/<uuid:provider_id>/calendars/google/read
HOURS  GET POST         dashboard/team/<uuid:provider_id>/calendars/google/disconnect
HOURS  GET POST         dashboard/team/<uuid:provider_id>/calendars/
HOURS  POST             dashboard/team/<uuid:provider_id>/calendars/feed/<slug:action>
HOURS  POST             dashboard/team/<uuid:provider_id>/calendars/<uuid:subscription_id>/<slug:action>
PEOPLE GET              dashboard/team/members/
PEOPLE GET POST         dashboard/team/members/invite
PEOPLE POST             dashboard/team/members/rights
PEOPLE GET POST         dashboard/team/members/<uuid:member_id>/
PEOPLE POST             dashboard/team/members/<uuid:member_id>/switch
PEOPLE POST             dashboard/team/invitations/<uuid:invitation_id>/<slug:action>
HOURS  GET              dashboard/availability/
SETUP  GET POST         dashboard/availability/business
HOURS  GET POST         dashboard/availability/providers/<uuid:provider_id>/
HOURS  GET POST         dashboard/availability/providers/<uuid:provider_id>/services/<uuid:service_id>/
SETUP  GET POST         dashboard/availability/services/<uuid:service_id>/
HOURS  GET POST         dashboard/availability/days/
HOURS  POST             dashboard/availability/days/restore
HOURS  POST             dashboard/availability/restore
HOURS  POST             dashboard/availability/days/<uuid:override_id>/delete
HOURS  GET              dashboard/availability/why
SETUP  GET POST         dashboard/settings/
SETUP  GET POST         dashboard/settings/booking
SETUP  GET POST         dashboard/settings/look
SETUP  GET              dashboard/settings/look/preview
SETUP  GET POST         dashboard/settings/address
SETUP  GET POST         dashboard/settings/domains
SETUP  POST             dashboard/settings/domains/<int:domain_id>/<slug:action>
ALL    GET              dashboard/settings/qr.svg
ALL    GET              dashboard/settings/qr.png
SETUP  GET POST         dashboard/settings/messages
SETUP  GET POST         dashboard/settings/data
SETUP  GET              dashboard/settings/data/<uuid:export_id>
OWNER  GET POST         dashboard/settings/close
SETUP  GET              dashboard/settings/audit
SETUP  GET              dashboard/settings/security
OWNER  POST             dashboard/settings/security/two-steps
SETUP  GET POST         dashboard/settings/currency
SETUP  GET POST         dashboard/settings/policy
SETUP  GET              dashboard/payments/
SETUP  GET              dashboard/payments/transactions.csv
SETUP  GET              dashboard/payments/refunds/
SETUP  GET              dashboard/payments/refunds.csv
SETUP  GET              dashboard/payments/disputes/
SETUP  GET              dashboard/payments/concerns/
SETUP  POST             dashboard/payments/concerns/<uuid:concern_id>
SETUP  POST             dashboard/payments/<uuid:payment_id>/refund
SETUP  POST             dashboard/payments/<uuid:payment_id>/waive
SETUP  POST             dashboard/payments/refunds/<uuid:refund_id>/again
SETUP  POST             dashboard/payments/appointments/<uuid:appointment_id>/fee
DESK   POST             dashboard/payments/clients/<uuid:client_id>/cards/<uuid:card_id>/forget
SETUP  GET              dashboard/payments/account/
OWNER  POST             dashboard/payments/account/connect
OWNER  GET              dashboard/payments/account/onward
SETUP  GET              dashboard/payments/account/return
SETUP  POST             dashboard/payments/account/check
SETUP  GET              dashboard/payments/account/balance
OWNER  GET POST         dashboard/payments/account/disconnect
DESK   GET              dashboard/prices/
SETUP  GET              dashboard/prices/coupons/
SETUP  GET POST         dashboard/prices/coupons/new
SETUP  GET POST         dashboard/prices/coupons/<uuid:coupon_id>/
SETUP  POST             dashboard/prices/coupons/<uuid:coupon_id>/delete
DESK   GET              dashboard/prices/packages/
SETUP  GET POST         dashboard/prices/packages/new
DESK   GET POST         dashboard/prices/packages/sell
SETUP  GET POST         dashboard/prices/packages/<uuid:package_id>/
SETUP  POST             dashboard/prices/packages/<uuid:package_id>/delete
DESK   GET              dashboard/prices/packages/sold/<uuid:sold_id>/
DESK   POST             dashboard/prices/packages/sold/<uuid:sold_id>/change
DESK   GET              dashboard/prices/gifts/
SETUP  GET POST         dashboard/prices/gifts/settings
DESK   GET POST         dashboard/prices/gifts/sell
DESK   GET              dashboard/prices/gifts/<uuid:gift_id>/
DESK   POST             dashboard/prices/gifts/<uuid:gift_id>/change
SETUP  GET POST         dashboard/prices/taxes/
SETUP  GET POST         dashboard/prices/taxes/new
SETUP  GET POST         dashboard/prices/taxes/<uuid:rate_id>/
SETUP  GET POST         dashboard/services/<uuid:service_id>/taxes
ALL    POST             dashboard/prices/appointments/<uuid:appointment_id>/code
OWNER  POST             dashboard/payments/account/<uuid:account_id>/reconnect
OWNER  GET POST         dashboard/settings/keys
OWNER  GET POST         dashboard/settings/keys/<uuid:key_id>/revoke
"""

PLATFORM = """
OPEN   GET              healthz
OPEN   GET              readyz
VENDOR POST             v1/webhooks/<slug:source>
OPEN   POST             v1/webhooks/google-calendar
OPEN   GET              calendars/<slug:vendor>/callback
OPEN   GET              styleguide/
OPEN   GET
OPEN   GET POST         signup
OPEN   GET              signup/
OPEN   GET              signup/sent
OPEN   GET              signup/slug
SECRET GET POST         signup/verify/<str:token>/
OPEN   GET              invitations/<str:token>/
PERSON GET              businesses/
PERSON GET POST         businesses/new/
PERSON GET              go/<slug:slug>/
PERSON GET POST         businesses/<slug:slug>/retry/
PERSON POST             businesses/<slug:slug>/reopen/
PERSON GET              businesses/<slug:slug>/two-steps/
PERSON GET              accounts/sessions/
PERSON POST             accounts/sessions/end
OPEN   GET              accounts/signup/
OPEN   GET POST         accounts/login/
OPEN   GET              accounts/logout/
OPEN   GET              accounts/inactive/
PERSON GET              accounts/reauthenticate/
PERSON GET              accounts/email/
OPEN   GET              accounts/confirm-email/
PERSON GET              accounts/password/change/
PERSON GET              accounts/password/set/
OPEN   GET POST         accounts/password/reset/
OPEN   GET              accounts/password/reset/done/
OPEN   GET              accounts/password/reset/key/done/
PERSON GET              accounts/login/code/confirm/
SECRET GET              accounts/^confirm-email/(?P<key>[-:\\w]+)/$
SECRET GET              accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$
PERSON GET              accounts/2fa/
PERSON GET              accounts/2fa/authenticate/
PERSON GET              accounts/2fa/reauthenticate/
PERSON GET              accounts/2fa/totp/activate/
FACTOR GET              accounts/2fa/totp/deactivate/
FACTOR GET              accounts/2fa/recovery-codes/
PERSON GET              accounts/2fa/recovery-codes/generate/
FACTOR GET              accounts/2fa/recovery-codes/download/
PERSON GET              accounts/2fa/webauthn/
PERSON GET              accounts/2fa/webauthn/add/
PERSON GET              accounts/2fa/webauthn/reauthenticate/
PERSON GET              accounts/2fa/webauthn/keys/<int:pk>/remove/
PERSON GET              accounts/2fa/webauthn/keys/<int:pk>/edit/
PERSON GET              accounts/2fa/webauthn/login/
"""
