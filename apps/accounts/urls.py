from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.urls import path

from apps.accounts import views
from apps.accounts.adapters.market import MarketTokens

app_name = "accounts"

urlpatterns = [
    path("language/", views.switch_language, name="switch-language"),
    path("security/", views.security, name="security"),
    path("security/second-factor/", views.second_factor, name="second-factor"),
    path("security/password/remove/", views.remove_password, name="remove-password"),
    path("security/email/confirm/", views.confirm_old_address, name="confirm-old-address"),
    path("security/email/keep/", views.keep_email, name="keep-email"),
    path("security/market/link/", views.market_link, name="market-link"),
    path("accounts/market/", views.market_sign_in, name="market-sign-in"),
    path("accounts/market/return/", OAuth2CallbackView.adapter_view(MarketTokens), name="market-return"),
]
