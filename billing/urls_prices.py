"""Addresses of coupons, packages, gift certificates and taxes under /dashboard/."""

from django.urls import path

from billing.views import codes, coupons, gifts, packages, taxes

urlpatterns = [
    path("prices/", coupons.prices, name="prices"),
    path("prices/coupons/", coupons.coupon_list, name="coupons"),
    path("prices/coupons/new", coupons.new_coupon, name="new_coupon"),
    path("prices/coupons/<uuid:coupon_id>/", coupons.edit_coupon, name="edit_coupon"),
    path("prices/coupons/<uuid:coupon_id>/delete", coupons.delete_coupon, name="delete_coupon"),
    path("prices/packages/", packages.package_list, name="packages"),
    path("prices/packages/new", packages.new_package, name="new_package"),
    path("prices/packages/sell", packages.sell_package, name="sell_package"),
    path("prices/packages/<uuid:package_id>/", packages.edit_package, name="edit_package"),
    path("prices/packages/<uuid:package_id>/delete", packages.delete_package, name="delete_package"),
    path("prices/packages/sold/<uuid:sold_id>/", packages.sold_package, name="sold_package"),
    path("prices/packages/sold/<uuid:sold_id>/change", packages.change_sold, name="change_sold"),
    path("prices/gifts/", gifts.gift_list, name="gifts"),
    path("prices/gifts/settings", gifts.gift_settings, name="gift_settings"),
    path("prices/gifts/sell", gifts.sell_gift, name="sell_gift"),
    path("prices/gifts/<uuid:gift_id>/", gifts.gift, name="gift"),
    path("prices/gifts/<uuid:gift_id>/change", gifts.change_gift, name="change_gift"),
    path("prices/taxes/", taxes.tax_list, name="taxes"),
    path("prices/taxes/new", taxes.new_rate, name="new_rate"),
    path("prices/taxes/<uuid:rate_id>/", taxes.edit_rate, name="edit_rate"),
    path("services/<uuid:service_id>/taxes", taxes.service_taxes, name="service_taxes"),
    path("prices/appointments/<uuid:appointment_id>/code", codes.use_code, name="use_code"),
]
