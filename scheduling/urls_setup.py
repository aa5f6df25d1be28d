"""Addresses of the owner's set-up under /dashboard/: what can be booked, with whom, and when."""

from django.urls import path

from scheduling.views import availability, currency, members, message_settings, reassigning, services, special_days, team, why

urlpatterns = [
    path("services/", services.services, name="setup_services"),
    path("services/new", services.new_service, name="new_service"),
    path("services/preview", services.preview, name="service_preview"),
    path("services/categories/", services.categories, name="service_categories"),
    path("services/categories/<uuid:category_id>", services.change_category, name="change_category"),
    path("services/<uuid:service_id>/", services.edit_service, name="edit_service"),
    path("services/<uuid:service_id>/switch", services.switch_service, name="switch_service"),
    path("services/<uuid:service_id>/move", services.move_service, name="move_service"),
    path("services/<uuid:service_id>/delete", services.delete_service, name="delete_service"),
    path("team/", team.people, name="team"),
    path("team/new", team.new_provider, name="new_provider"),
    path("team/<uuid:provider_id>/", team.edit_provider, name="edit_provider"),
    path("team/<uuid:provider_id>/switch", team.switch_provider, name="switch_provider"),
    path("team/<uuid:provider_id>/move", team.move_provider, name="move_provider"),
    path("team/<uuid:provider_id>/delete", team.delete_provider, name="delete_provider"),
    path("team/<uuid:provider_id>/appointments", reassigning.reassign, name="reassign"),
    path("team/members/", members.members, name="members"),
    path("team/members/invite", members.invite, name="invite"),
    path("team/members/rights", members.member_rights, name="member_rights"),
    path("team/members/<uuid:member_id>/", members.edit_member, name="edit_member"),
    path("team/members/<uuid:member_id>/switch", members.switch_member, name="switch_member"),
    path("team/invitations/<uuid:invitation_id>/<slug:action>", members.invitation, name="invitation_act"),
    path("availability/", availability.availability, name="availability"),
    path("availability/restore", availability.restore_hours, name="restore_hours"),
    path("availability/business", availability.business_hours, name="business_hours"),
    path("availability/providers/<uuid:provider_id>/", availability.provider_hours, name="provider_hours"),
    path(
        "availability/providers/<uuid:provider_id>/services/<uuid:service_id>/",
        availability.provider_hours,
        name="provider_service_hours",
    ),
    path("availability/services/<uuid:service_id>/", availability.service_hours, name="service_hours"),
    path("availability/days/", special_days.special_days, name="special_days"),
    path("availability/days/restore", special_days.restore_special_day, name="restore_special_day"),
    path("availability/days/<uuid:override_id>/delete", special_days.delete_special_day, name="delete_special_day"),
    path("availability/why", why.why, name="why_closed"),
    path("settings/messages", message_settings.message_switches, name="settings_messages"),
    path("settings/currency", currency.currency, name="currency"),
]
