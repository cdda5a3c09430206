from django.urls import path

from apps.accounts import views

app_name = "accounts"

urlpatterns = [path("language/", views.switch_language, name="switch-language")]
