"""Addresses of a business's settings under /dashboard/ on its host."""

from django.urls import path

from tenants.views import audit, domains, keys, security, settings

urlpatterns = [
    path("settings/", settings.about, name="settings"),
    path("settings/booking", settings.booking_rules, name="settings_booking"),
    path("settings/look", settings.look, name="settings_look"),
    path("settings/look/preview", settings.look_preview, name="look_preview"),
    path("settings/address", settings.address, name="settings_address"),
    path("settings/domains", domains.own_domains, name="settings_domains"),
    path("settings/domains/<int:domain_id>/<slug:action>", domains.change_domain, name="change_domain"),
    path("settings/qr.svg", domains.qr_code, {"form": "svg"}, name="qr_svg"),
    path("settings/qr.png", domains.qr_code, {"form": "png"}, name="qr_png"),
    path("settings/audit", audit.audit_log, name="settings_audit"),
    path("settings/security", security.security, name="settings_security"),
    path("settings/security/two-steps", security.need_two_steps, name="need_two_steps"),
    path("settings/keys", keys.keys, name="settings_keys"),
    path("settings/keys/<uuid:key_id>/revoke", keys.revoke, name="revoke_key"),
]
