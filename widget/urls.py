"""The pages of a business's clients."""

from django.urls import path

from widget.views import details, fees, manage, moving, pages, paying, reminders, shop, times, waiting

urlpatterns = [
    path("", pages.services, name="services"),
    path("brand-<str:digest>.css", pages.brand, name="brand"),
    path("policy", pages.cancellation_policy, name="policy"),
    path("manage", pages.find, name="find"),
    path("packages/", shop.packages, name="shop_packages"),
    path("packages/<uuid:package_id>/", shop.package, name="buy_package"),
    path("gift/", shop.gift, name="buy_gift"),
    path("gift/<uuid:gift_id>", shop.certificate, name="gift_certificate"),
    path("orders/<uuid:order_id>", shop.order, name="order"),
    path("book/<str:service>/", times.times, name="times"),
    path("book/<str:service>/details", details.details, name="details"),
    path("book/<str:service>/wait", waiting.join, name="wait"),
    path("pay/<str:token>", paying.pay, name="pay"),
    path("pay/<str:token>/return", paying.returned, name="pay_return"),
    path("w/<uuid:entry_id>", waiting.place, name="wait_place"),
    path("w/<uuid:entry_id>/offer/<uuid:offer_id>", waiting.answer, name="wait_offer"),
    path("u/<uuid:client_id>", reminders.unsubscribe, name="unsubscribe"),
    path("a/<str:reference>.ics", manage.calendar_file, name="ics"),
    path("a/<str:reference>", manage.manage, name="manage"),
    path("a/<str:reference>/reschedule", moving.reschedule, name="reschedule"),
    path("a/<str:reference>/pay", paying.balance, name="pay_balance"),
    path("a/<str:reference>/paid", paying.paid, name="paid"),
    path("a/<str:reference>/fee", fees.fee, name="pay_fee"),
    path("a/<str:reference>/cancel", manage.cancel, name="cancel"),
]
